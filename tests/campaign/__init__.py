"""Long runs that look for what breaks a promise: bounded, seeded, and going on where they were.

`python -m tests.campaign PART`, see docs/operating/reliability.md. Each part plays blocks on fresh
databases; a block depends on nothing but its seed.
"""
