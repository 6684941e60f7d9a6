"""Coverage-guided fuzzing of every parser (`make fuzz`): the tool atheris, oracles beyond "it does not crash", and small reproductions.

An oracle is a sentence that must hold for any bytes. They are named in `oracles.py`; `parsers.py` says which parser answers to which.
"""
