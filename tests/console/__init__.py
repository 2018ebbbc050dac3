"""The console by plain HTTP, and the parts that it is made of."""
