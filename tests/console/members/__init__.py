"""The pages about members, their visits and orders, and the search."""
