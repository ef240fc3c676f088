from dataclasses import replace

from aistacks_review.compare.changes import ChangeKind
from aistacks_review.report.graph import MOST, graph


def test_boxes_say_what_changes_and_rows_say_what_is_needed(reviewed, registration, changed):
    network = registration("x:y:Network", "net", custom=False)
    vpc = registration("aws:ec2/vpc:Vpc", "vpc", network.urn)
    cluster = registration("x:y:Cluster", "main", custom=False)
    eks = registration("aws:eks/cluster:Cluster", "eks", cluster.urn, dependencies=(vpc.urn,))
    provider = registration("pulumi:providers:kubernetes", "k8s", cluster.urn)
    pool = registration("x:y:Pool", "gpu", custom=False)
    node = registration("kubernetes:v1:Node", "n", pool.urn, provider=f"{provider.urn}::id")
    role = registration("aws:iam/role:Role", "r", cluster.urn)
    changes = [
        changed(ChangeKind.UPDATE, eks, component=cluster.urn),
        changed(ChangeKind.DELETE, role, component=cluster.urn),
    ]
    head = [network, vpc, cluster, provider, pool, node]
    found = graph(reviewed(changes, head=head, base=head))
    assert [(b.head, b.name, b.kind, b.says) for b in sorted(found.boxes, key=lambda b: b.y)] == [
        ("Network", "net", "same", "no change"),
        ("Cluster", "main", "delete", "\N{MINUS SIGN}1  ~1"),
        ("Pool", "gpu", "same", "no change"),
    ]
    assert len(found.edges) == 2
    rows = {row.title: (row.happens, row.needs) for row in found.rows}
    assert rows["Cluster main"] == ("1 IAM role deleted, 1 EKS cluster changed", "Network net")
    assert rows["Pool gpu"] == ("no change", "Cluster main")
    assert found.left_out == 0


def test_property_dependencies_count(reviewed, registration):
    one, two = (registration("x:y:Z", name, custom=False) for name in "ab")
    a = registration("a:b:C", "a", one.urn)
    b = registration("a:b:C", "b", two.urn, property_dependencies={"id": (a.urn,)})
    found = graph(reviewed(head=[one, two, a, b]))
    assert {row.title: row.needs for row in found.rows} == {"Z a": "nothing", "Z b": "Z a"}


def test_what_changes_is_drawn_first(reviewed, registration, changed):
    many = [registration("x:y:Z", f"c{i}", custom=False) for i in range(MOST + 20)]
    child = registration("a:b:C", "child", many[-1].urn)
    found = graph(reviewed([changed(ChangeKind.CREATE, child, component=many[-1].urn)], head=many))
    assert len(found.boxes) == MOST
    assert f"c{MOST + 19}" in {box.name for box in found.boxes}
    assert found.left_out == 20


def test_everything_stands_inside_the_picture(real_reviews):
    graphs = [graph(review) for review in real_reviews]
    assert graphs
    for found in graphs:
        for box in found.boxes:
            assert 0 <= box.x <= found.width - found.box[0]
            assert 0 <= box.y <= found.height - found.box[1]
        assert len(found.boxes) >= 8


def test_a_program_without_resources(reviewed):
    found = graph(reviewed())
    assert found.boxes == found.edges == found.rows == []


def test_needed_by_something_that_is_gone(reviewed, registration, changed):
    one = registration("x:y:Z", "a", custom=False)
    dangling = registration("a:b:C", "x", one.urn, dependencies=("urn:of:nobody",), provider="odd")
    assert len(graph(reviewed(head=[one, replace(dangling, parent="urn:of:nobody")])).boxes) == 2
