"""The same ledger, integrity and account written plainly in pandas: the peer.

It is what a good analyst would write for one company's delivery promises: frames, group-bys, and a loop over training windows. It shares
the definitions of the engine (the grid a cell is counted on, the constants), so that its numbers must equal ours, and none of its code.
The bootstrap of the account, which ours always makes, is left out unless draws are asked for: in pandas it takes most of the time.

    judge        one verdict per promise, and how much of it was received
    integrity    F, K, I, B, U with cluster intervals
    capability   what would have been kept, per context cell and week
    account      the four parts, as-of and cross-fitted, blind and promise-aware
"""

RATES = ("K", "F", "I", "U", "B", "K_standard")
"""The rates and means that are compared, each with its interval."""
