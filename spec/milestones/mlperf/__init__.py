"""2018: MLPerf asks for speed and accuracy at once, and for numbers that hold; yours are measured again.

A network of one convolution and two Linear layers learns TinyDigits on your code. Then your pipeline gets it: fast kernels, fewer
units, 8 bits. It may look at 200 labelled images that were not trained with; the 400 of the test stay with the judge,
labels and all. What comes back is taken apart: the judge sums the bytes of the arrays, works out from them what the network says,
and holds the clock while it answers, over loops first and then optimised.

A GPT with weights that the judge draws goes on from 448 tokens to 512, twice: with everything read again for each
token, and with your cache. Both texts have to follow from the weights, token by token.

At the end your own submission.json is read by somebody else. Its form has to be right, its numbers have to agree with each other
and with what the judge measured; and your leaderboard has to take it, and to refuse one that claims more, and one with holes.

What it runs on: every kata so far.

Won when the network is at least 10 times faster than through loops and at least 4 times smaller, has lost less than 2 points on the
test, and answers one image in less than 100 ms; when the GPT is at least 10 times faster with the cache and writes the
same; and when submission and leaderboard hold.

Read next: Reddi et al. 2019, "MLPerf Inference Benchmark"; Han, Mao and Dally 2016, "Deep Compression".
"""
