"""What points buy and what rules give besides points: rewards, purchases, promotions, benefits."""
