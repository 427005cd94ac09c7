"""What stands between the network and an answer: the wire, the door, quotas, persons obtained, proofs of work."""
