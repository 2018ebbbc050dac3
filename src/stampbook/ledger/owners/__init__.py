"""Each account is decided by one of the processes of a server: its owner.

Two processes that write to one account at once decide twice, and one of them in vain. So a process
hands a submission to the account's owner, over a socket that the processes share. Nothing depends
on it but speed: the journal's primary key guards the account, whichever process decides.
"""
