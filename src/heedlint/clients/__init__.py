"""How Python libraries show an API's errors: client and retry profiles, and names across them."""
