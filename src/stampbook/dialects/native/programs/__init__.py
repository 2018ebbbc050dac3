"""Operations on programs and what belongs to them: members, promotions, locations, keys."""
