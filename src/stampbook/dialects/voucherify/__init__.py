"""The Voucherify dialect: loyalty v2 and legacy v1."""
