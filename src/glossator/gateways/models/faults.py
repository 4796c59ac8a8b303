"""What the providers' SDKs raise, told in our words; both SDKs share these classes' names."""

from __future__ import annotations

from glossator.gateways.chat import FaultKind, ModelFault

_SENTENCES = {
    FaultKind.KEY: "The provider doesn't accept the key. Check it in the settings.",
    FaultKind.LIMITED: "The provider takes no more requests from this key for now.",
    FaultKind.OVERLOADED: "The provider is overloaded.",
    FaultKind.FAILED: "The provider failed on its side.",
    FaultKind.TIMEOUT: "The provider didn't answer in time.",
    FaultKind.NETWORK: "The provider can't be reached.",
    FaultKind.REQUEST: "The provider refuses this request. Check the model's name.",
    FaultKind.BROKEN: "The provider's answer broke off or can't be read.",
}
# A request that the provider turned away cost nothing; any other may have been worked on.
_FREE = frozenset({FaultKind.KEY, FaultKind.LIMITED, FaultKind.OVERLOADED, FaultKind.REQUEST})


def fault(kind: FaultKind, *, reached: bool | None = None) -> ModelFault:
    """The fault of a kind, in its one sentence."""
    return ModelFault(
        kind, _SENTENCES[kind], reached=kind not in _FREE if reached is None else reached
    )


def kind_of_status(status: int) -> FaultKind:
    """What an HTTP status says; 529 is Anthropic's own for overload, 402 an empty account."""
    if status in (401, 402, 403):
        return FaultKind.KEY
    if status == 408:
        return FaultKind.TIMEOUT
    if status == 429:
        return FaultKind.LIMITED
    if status in (503, 529):
        return FaultKind.OVERLOADED
    return FaultKind.FAILED if status >= 500 else FaultKind.REQUEST
