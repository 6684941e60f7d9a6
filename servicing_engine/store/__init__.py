"""PostgreSQL, the source of truth: facts append-only, what is current of them, and the results folded from them.

Every function here works inside the caller's transaction; nothing commits but `migrate`.
"""
