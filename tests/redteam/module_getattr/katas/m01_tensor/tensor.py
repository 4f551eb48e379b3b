def __getattr__(name):
    return lambda *args, **named: args[0] if args else None
