"""Which relations make up which network of a cluster, as data.

The book governs a cluster by three networks: that of the firms, that of the trade association and that of the
local government (ch. 3, governance), and joins them to the global chain by the interaction of chain and
network (链网互动). Each layer belongs to one of these groups or to none; a layer that belongs to none says
why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

BOUNDARIES = ("census", "roster", "sample", "text")
"""How the actors of a study were chosen (`study.yaml`)."""

STATES = ("achieved", "partial", "lacking", "recommended")
"""What a source says of a tie; only achieved ties enter networks unless a caller asks otherwise."""


ObservedBy = Literal["sender", "receiver", "either", "both"]
"""Whose answer tells whether i -> j is tied: that of i, of j, of at least one of them, or of both."""


@dataclass(frozen=True)
class Layer:
    """A kind of relation.

    `flow_en` and `flow_zh` say what runs from source to target; `why_in_none` says why the layer enters none of the
    five networks, or is empty.
    """

    name: str
    label_en: str
    label_zh: str
    flow_en: str
    flow_zh: str
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
            Layer(
                "transaction",
                "Transaction",
                "交易网络",
                "goods or services, from seller to buyer",
                "货物或服务：由卖方到买方",
            ),
            Layer(
                "knowledge",
                "Knowledge",
                "技术网络",
                "knowledge, from the one who is asked for advice to the one who asks",
                "知识：由被请教者到请教者",
            ),
            Layer("social", "Social", "社会网络", "none: the two know each other", "无方向：双方互识"),
            Layer(
                "innovation",
                "Innovation",
                "创新合作",
                "none if both work on it together; else from the one who contributes",
                "共同研发无方向；否则由投入方流出",
            ),
            Layer(
                "mobility",
                "Mobility of staff",
                "人员流动",
                "people, from the employer they leave to the one they join",
                "人员：由原单位到新单位",
            ),
            Layer(
                "credit",
                "Credit",
                "信贷往来",
                "money or guarantees, from lender to borrower",
                "资金或担保：由贷方到借方",
            ),
            Layer(
                "rivalry",
                "Rivalry",
                "竞争",
                "none if both compete; else from the one who names a rival to the rival",
                "相互竞争无方向；否则由提名者到对手",
            ),
            Layer(
                "trust",
                "Trust",
                "信任",
                "trust, from the one who trusts to the one who is trusted",
                "信任：由信任者到被信任者",
            ),
            Layer(
                "membership",
                "Association membership",
                "行业协会会员",
                "membership, from the member to the body",
                "会员关系：由会员到协会",
            ),
            Layer(
                "service",
                "Association service",
                "行业协会服务",
                "services, from the body that gives them to the one that receives",
                "服务：由提供者到接受者",
            ),
            Layer(
                "policy",
                "Policy",
                "政府政策",
                "policy, from the agency to those it addresses",
                "政策：由政府机构到作用对象",
            ),
            Layer(
                "influence",
                "Influence on decisions",
                "权力分配",
                "influence, from the one who shapes decisions to those who follow",
                "影响：由影响者到受影响者",
            ),
            Layer(
                "pipeline",
                "Pipeline out of the cluster",
                "链网互动",
                "what leaves or enters the cluster, from the one who gives to the one who receives",
                "进出集群：由给出方到接受方",
            ),
            Layer(
                "parent",
                "Part of",
                "隶属",
                "belonging, from the part to the whole",
                "隶属：由部分到整体",
                "It places a body within a larger one, not two actors beside each other; counted apart.",
            ),
            Layer(
                "ownership",
                "Ownership",
                "产权",
                "control, from owner to owned",
                "产权：由所有者到所属者",
                "It is control within one group of firms, not exchange between firms; counted apart.",
            ),
            Layer(
                "conflict",
                "Conflict",
                "冲突",
                "a charge or suit, from the one who brings it to the one it is against",
                "冲突：由发起者到对象",
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
