"""1969: Minsky and Papert prove that one layer cannot tell XOR. A hidden layer can, once something can train it.

Points lie around the four corners of a square, and a point's answer is whether its coordinates differ in sign. Take a
point from each corner: no line has more than three of the four on the right side. So a single layer, however long it
is trained, is right about 75 % at most. Two layers bend the line. Nothing but gradients tells the first of them what
to become.

What it runs on: everything so far. DataLoader shuffles (m05), Sequential, Linear and Tanh (m02, m03) say something,
binary_cross_entropy_with_logits says how wrong it is (m04), autograd says what to change (m06), SGD with momentum
changes it (m07) and Trainer does so again and again (m08).

Won when the two layers are right about all points that they never saw, one layer is not, and what the networks report
is what the judge works out from their weights.

Read next: M. Minsky and S. Papert, *Perceptrons* (1969), chapter 2; D. Rumelhart, G. Hinton and R. Williams,
"Learning representations by back-propagating errors", Nature 323 (1986), which trains XOR-like problems with hidden
units.
"""
