"""The container lane: the whole system and the gate on MiniStack in a container, with engine and database as real containers.

`make test-containers` needs no image registry: the images are made from wheels and distribution packages where none can be pulled.
"""
