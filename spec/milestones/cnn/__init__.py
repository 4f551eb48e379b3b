"""1998: convolutional networks read cheques; one of your own reads digits, first slowly and then fast.

TinyDigits again: 1,000 images of 8x8 pixels, and 400 kept apart for the test. One Conv2d of eight filters, ReLU,
MaxPool2d, one Linear. The first epoch goes through your `conv2d_explicit`, and the clock runs: you see what it took, and
what all epochs would take. Then `Conv2d.kernel` becomes your `conv2d_im2col`, and the same layers, with the weights
that they have by then, learn on. (`--explicit` stays with the loops to the end. Bring time.)

A network of two Linear layers learns from the same images. Both then read the test images as they are, and moved by one
pixel in each direction: neither has ever seen a moved digit, but only one of them looks at every place in the same way.

With `--data-dir FOLDER`, where FOLDER holds the six binary files of CIFAR-10, a network of two convolutions learns from
50,000 photographs as well, over columns, and has to read 65 % of 10,000 new ones.

What it runs on: every kata so far.

Won when the convolutions read at least 95 % of the test images right, and more of the moved ones than the Linear layers
do, and the digits that both name are those that follow from their weights. The labels of the test images stay with the
judge.

Read next: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998).
"""
