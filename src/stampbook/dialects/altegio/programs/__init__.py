"""Programs: promotions, card types and cards, and the memberships that are not kept."""
