"""2017: attention is what it needed; a GPT of your own turns words round, then answers questions.

First words of nine letters, to be said backwards: each letter of the answer stands somewhere else in the question, and
only attention can fetch it. One layer with one head learns it in seconds, and draws a diagonal where it looks. The same
model without attention never gets a word right: what it says at a place follows from the letter at that place alone.

Then TinyTalks, 245 short questions with their answers, cut into tokens by your own tokenizer. Afterwards it answers
them, and questions that it has never seen, which ask for the same things in other words.

What it runs on: every kata up to m13 but the convolutions. Your GPT and `generate`, your BPETokenizer, and to train it
what m05 to m08 hold: DataLoader, AdamW, a cosine for its learning rate, gradients clipped, and Trainer around it all.

Won when at least 95 % of 200 new words come out backwards without a mistake, and at most 5 % without attention; when
90 % of the answers learnt from, and 50 % of those to questions kept apart, are said exactly, three times as many as
without attention; and when no token ever changes what was said before it. Losses are worked out by the judge, and the
answers to the questions kept apart stay with it.

Over eleven seeds the reference knew 98 to 100 % of the answers and gave 71 to 84 % of those kept apart, 2.5 % without
attention, where all that it knows of a question is its length.

Read next: Vaswani et al., "Attention is all you need" (2017), arXiv 1706.03762; Radford et al., "Improving language
understanding by generative pre-training" (2018), the first GPT.
"""
