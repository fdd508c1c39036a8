"""Which relations make up which network of a cluster, as data.

The book governs a cluster by three networks: that of the firms, that of the trade association and that of the
local government (ch. 3, governance), and joins them to the global chain by the interaction of chain and
network (链网互动). Each layer belongs to one of these groups or to none; a layer that belongs to none says
why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

BOUNDARIES = ("census", "roster", "sample", "text")
"""How the actors of a study were chosen (`study.yaml`)."""

STATES = ("achieved", "partial", "lacking", "recommended")
"""What a source says of a tie; only achieved ties enter networks unless a caller asks otherwise."""


@dataclass(frozen=True)
class Layer:
    """A kind of relation; `why_in_none` says why it enters none of the five networks, or is empty."""

    name: str
    label_en: str
    label_zh: str
    why_in_none: str = ""


@dataclass(frozen=True)
class NetworkKind:
    """One of the five networks: its labels, its layers, and whether its ties may leave the cluster."""

    name: str
    label_en: str
    label_zh: str
    layers: tuple[str, ...]
    leaves_cluster: bool = False


FIRM_LAYERS = ("transaction", "knowledge", "social", "innovation", "mobility", "credit", "rivalry", "trust")
ASSOCIATION_LAYERS = ("membership", "service")
GOVERNMENT_LAYERS = ("policy",)
INFLUENCE_LAYERS = ("influence",)
PIPELINE_LAYERS = ("pipeline",)

LAYERS: Mapping[str, Layer] = MappingProxyType(
    {
        layer.name: layer
        for layer in (
            Layer("transaction", "Transaction", "交易网络"),
            Layer("knowledge", "Knowledge", "技术网络"),
            Layer("social", "Social", "社会网络"),
            Layer("innovation", "Innovation", "创新合作"),
            Layer("mobility", "Mobility of staff", "人员流动"),
            Layer("credit", "Credit", "信贷往来"),
            Layer("rivalry", "Rivalry", "竞争"),
            Layer("trust", "Trust", "信任"),
            Layer("membership", "Association membership", "行业协会会员"),
            Layer("service", "Association service", "行业协会服务"),
            Layer("policy", "Policy", "政府政策"),
            Layer("influence", "Influence on decisions", "权力分配"),
            Layer("pipeline", "Pipeline out of the cluster", "链网互动"),
            Layer(
                "parent",
                "Part of",
                "隶属",
                "It places a body within a larger one, not two actors beside each other; counted apart.",
            ),
            Layer(
                "ownership",
                "Ownership",
                "产权",
                "It is control within one group of firms, not exchange between firms; counted apart.",
            ),
            Layer(
                "conflict",
                "Conflict",
                "冲突",
                "It is a negative tie: added up, a lawsuit would pass for cohesion; counted apart.",
            ),
        )
    }
)

_GOVERNANCE_LAYERS = FIRM_LAYERS + ASSOCIATION_LAYERS + GOVERNMENT_LAYERS + INFLUENCE_LAYERS

NETWORKS: Mapping[str, NetworkKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            NetworkKind("firm", "Firm network", "企业网络", FIRM_LAYERS),
            NetworkKind("association", "Association network", "行业协会网络", ASSOCIATION_LAYERS),
            NetworkKind("government", "Government network", "地方政府网络", GOVERNMENT_LAYERS),
            NetworkKind("governance", "Governance network", "集群治理网络", _GOVERNANCE_LAYERS),
            NetworkKind(
                "chain_network",
                "Chain and network",
                "链网互动网络",
                _GOVERNANCE_LAYERS + PIPELINE_LAYERS,
                leaves_cluster=True,
            ),
        )
    }
)

INSIDE_NETWORKS = tuple(name for name, kind in NETWORKS.items() if not kind.leaves_cluster)
CHAIN_NETWORK = "chain_network"
