"""GPTs on the learner's own code: some turn words round, some answer questions. Each keeps its own in the session."""

from typing import Any

import numpy as np

ANSWER, END = "<answer>", "<end>"


def tokenize(tt, questions, answers, vocab, session):
    """A vocabulary learnt from questions and answers: what each token stands for; every pair as tokens, and read back."""
    texts = [f"{question}{ANSWER} {answer}{END}" for question, answer in zip(questions, answers, strict=True)]
    tokenizer = session["tokenizer"] = tt.BPETokenizer([ANSWER, END])
    tokenizer.train(texts, vocab)
    pieces = [bytes(tokenizer.decode_bytes([token])) for token in range(tokenizer.vocab_size)]
    rows = [list(tokenizer.encode(text)) for text in texts]
    return {"pieces": pieces, "rows": rows, "texts": [tokenizer.decode(row) for row in rows]}


def start(tt, name, tokens, targets, vocab, course, attends, seed, session):
    """A GPT that is to say `targets` after `tokens`, both (rows, n), and all that will train it; -100 asks for nothing.

    If it does not attend, what attention adds to each block is 0.
    """
    model = tt.GPT(vocab, course["dim"], course["layers"], course["heads"], tokens.shape[1], rng=seed)
    if not attends:
        for block in model.blocks:
            block.attention = _silence(tt)
    optimizer = tt.AdamW(model.parameters(), lr=course["rate"], weight_decay=course["decay"])
    scheduler = tt.CosineAnnealingLR(optimizer, course["epochs"])
    trainer = tt.Trainer(model, optimizer, _loss(tt), scheduler, max_norm=1.0)
    data = tt.TensorDataset(tt.Tensor(tokens), tt.Tensor(targets))
    loader = tt.DataLoader(data, course["batch"], shuffle=True, rng=seed)
    session[name] = {"model": model, "trainer": trainer, "loader": loader}


def learn(tt, name, epochs, session):
    """So many epochs more."""
    session[name]["trainer"].fit(session[name]["loader"], epochs)


def scores(tt, name, tokens, targets, session):
    """What the GPT says at every place of `tokens`, and the loss that it reports for that."""
    model = session[name]["model"]
    model.eval()
    with tt.no_grad():
        logits = model(tt.Tensor(tokens))
        return {"logits": np.array(logits.numpy()), "loss": _loss(tt)(logits, tt.Tensor(targets)).item()}


def go_on(tt, name, prompts, count, session):
    """The `count` tokens that the GPT goes on with after each of the prompts, (rows, n): the most probable ones."""
    tokens = tt.generate(session[name]["model"], prompts, count, temperature=0)
    return np.array(tokens)[:, prompts.shape[1] :]


def answer(tt, name, questions, longest, session):
    """What the GPT says to each of the questions."""
    model, tokenizer = session[name]["model"], session["tokenizer"]
    stop = tokenizer.special_ids[END]
    said = []
    for question in questions:
        prompt = np.array(tokenizer.encode(question + ANSWER))
        tokens = tt.generate(model, prompt, longest, temperature=0, stop=stop)
        said.append(tokenizer.decode(tokens[len(prompt) :]).split(END)[0].strip())
    return said


def attention(tt, name, tokens, session):
    """Where every place looked while the GPT read `tokens`: (rows, heads, n, n), for each of its blocks."""
    model = session[name]["model"]
    model.eval()
    own, seen = [block.attention for block in model.blocks], []
    try:
        for block in model.blocks:
            block.attention = _watched(tt, block.attention, seen)
        with tt.no_grad():
            model(tt.Tensor(tokens))
    finally:
        for block, its in zip(model.blocks, own, strict=True):
            block.attention = its
    return seen


def _silence(tt: Any) -> Any:
    """What stands where attention stood, and says 0."""

    class Silence(tt.Module):
        def forward(self, query: Any, *others: Any, need_weights: bool = False, **masks: Any) -> Any:
            return (query * 0.0, None) if need_weights else query * 0.0

    return Silence()


def _watched(tt: Any, attention: Any, seen: list) -> Any:
    """The same attention, which writes down its weights."""

    class Watched(tt.Module):
        def forward(self, *inputs: Any, need_weights: bool = False, **masks: Any) -> Any:
            out, weights = attention(*inputs, **{**masks, "need_weights": True, "average_attn_weights": False})
            seen.append(np.array(weights.numpy()))
            return (out, weights) if need_weights else out

    return Watched()


def _loss(tt: Any) -> Any:
    """Cross-entropy over every place of every row."""

    def loss(logits: Any, targets: Any) -> Any:
        return tt.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1))

    return loss
