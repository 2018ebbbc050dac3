"""Languages: what people read is said in English or in Russian, in the zone of their program."""
