"""Operations on accounts and their journals: movements, bulks, lists, balances."""
