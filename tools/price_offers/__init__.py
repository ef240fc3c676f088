"""AWS's public price list, and the price book that is made from it."""
