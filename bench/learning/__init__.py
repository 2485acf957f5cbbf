"""What is learnt, held against permuted logs and public sets; open judged.py or honesty.py first."""
