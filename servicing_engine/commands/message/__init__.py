"""The command `message`: `command` declares it, `reading` does `read` and `check`, `writing` does `write`.

What is written is a message of an entitlement (`of_entitlement`, from where `source` finds it) or of our records (`of_records`).
"""
