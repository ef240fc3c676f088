"""What `faulty_aws.py` is made of."""
