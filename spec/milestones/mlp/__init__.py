"""1986: backpropagation makes multilayer networks learn; two layers of your own read handwritten digits.

First TinyDigits, 1,000 images of 8x8 pixels, then MNIST, 20,000 images of 28x28 that people really wrote, with 400
and 2,000 images kept apart for the test. (`--data-dir FOLDER` with the four original files plays on the whole of
MNIST.)

What it runs on: every kata so far. Two Linear layers with ReLU between them, cross_entropy, batches from DataLoader,
AdamW with a cosine for its learning rate, and Trainer around it all.

Won when at least 95 % of the test images are read right, of either set, and the digits that the network names are
those that follow from its weights. The labels of the test images stay with the judge.

Read next: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", Nature 323 (1986);
LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998), which MNIST comes
from.
"""
