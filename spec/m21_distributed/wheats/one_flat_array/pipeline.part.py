"""A pipeline as events in a heap: whatever ends looks for what can begin."""


def one_f_one_b_order(stage, stages, microbatches):
    order, begun, ended = [], 0, 0
    while ended < microbatches:
        if begun < microbatches and begun - ended < stages - stage:
            order.append(("forward", begun))
            begun += 1
        else:
            order.append(("backward", ended))
            ended += 1
    return order


def play_pipeline(orders, forward, backward, hop=0.0):
    import heapq

    left = [list(reversed(order)) for order in orders]
    free, ends, slots = [0.0] * len(orders), {}, []
    events = [(0.0, stage) for stage in range(len(orders))]
    heapq.heapify(events)
    while events:
        now, stage = heapq.heappop(events)
        if not left[stage] or free[stage] > now:
            continue
        kind, number = left[stage][-1]
        other = stage - 1 if kind == "forward" else stage + 1
        needs = [(other, kind, number, hop)] if 0 <= other < len(orders) else []
        if kind == "backward":
            needs.append((stage, "forward", number, 0.0))
        if any(ends.get(need[:3], float("inf")) + need[3] > now for need in needs):
            continue  # it is looked at again when the last of them has arrived
        left[stage].pop()
        end = now + (forward if kind == "forward" else backward)[stage]
        free[stage] = ends[stage, kind, number] = end
        slots.append(Slot(stage, kind, number, now, end))
        heapq.heappush(events, (end, stage))
        for near in (stage - 1, stage + 1):
            if 0 <= near < len(orders):
                heapq.heappush(events, (end + hop, near))
    waiting = [(stage, works[-1]) for stage, works in enumerate(left) if works]
    if waiting:
        raise RuntimeError(f"these stages wait for ever: {waiting}")
    return sorted(slots, key=lambda slot: (slot.start, slot.stage))


def idle_share(slots):
    end, stages = max(slot.end for slot in slots), range(1 + max(slot.stage for slot in slots))
    idle = sum(end - sum(slot.end - slot.start for slot in slots if slot.stage == stage) for stage in stages)
    return idle / (len(stages) * end)
