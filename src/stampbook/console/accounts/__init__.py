"""Accounts: what is on them and why, their transactions and lots, and every act upon them."""
