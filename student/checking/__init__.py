"""What test_neural_net.py judges by: worked examples, slopes measured on a loss, and words for what is wrong."""
