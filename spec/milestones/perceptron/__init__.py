"""1958: Frank Rosenblatt's perceptron learns a line from examples.

A single layer of one neuron: z = w · x + b, and it fires (says 1) where sigmoid(z) > 0.5. For each example in turn
the error is y − fired, which is −1, 0 or 1, and the rule is

    w += error · x        b += error

Nothing else is known about how to learn: no slope is followed, the loss is only reported. If some line separates
the examples, the rule finds one after finitely many mistakes (at most (R / γ)², where R is the length of the
longest example and γ its distance from the line: Novikoff 1962).

What it runs on: Tensor arithmetic and in-place updates (m01), sigmoid (m02), Linear (m03) and
binary_cross_entropy_with_logits (m04), forward code only.

Won when 200 points that it never saw are all on the right side, and when AND and OR are learnt; and when what the
layer, the sigmoid and the loss report is what the judge works out from the weights and the labels that it alone has.

Read next: F. Rosenblatt, "The perceptron: a probabilistic model for information storage and organization in the
brain", Psychological Review 65 (1958).
"""
