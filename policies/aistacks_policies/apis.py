"""API Gateway: who is asked for a sign-in, what is in front, how it is reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aistacks_catalog.aws.iam.documents import parsed

from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import PASS, Answer, Answers, Truth, Value, all_of, any_of, either, fail, no

_REST: Types = ("aws:apigateway/restApi:RestApi",)
_HTTP: Types = ("aws:apigatewayv2/api:Api",)
_METHODS: Types = ("aws:apigateway/method:Method",)
_ROUTES: Types = ("aws:apigatewayv2/route:Route",)
_STAGES: Types = ("aws:apigateway/stage:Stage",)
_ACLS: Types = ("aws:wafv2/webAclAssociation:WebAclAssociation",)
_POLICIES: Types = ("aws:apigateway/restApiPolicy:RestApiPolicy",)
_DOMAINS: Types = ("aws:apigateway/domainName:DomainName", "aws:apigatewayv2/domainName:DomainName")
_SETTINGS: Types = ("aws:apigateway/methodSettings:MethodSettings",)
_VERBS = ("get", "put", "post", "delete", "patch", "head", "x-amazon-apigateway-any-method")
_MODERN = ("TLS_1_2",)


@rule(
    "api-signed-in",
    (*_METHODS, *_ROUTES, *_REST, *_HTTP),
    Severity.MEDIUM,
    "APIGateway.8",
    "CKV_AWS_59",
    "CKV_AWS_309",
    "CKV2_AWS_70",
    title="APIs ask who calls",
    fix="Set authorization (authorizationType of a route) to AWS_IAM, JWT, CUSTOM or COGNITO_USER_POOLS.",
)
def signed_in(api: Resource, stack: Stack) -> Answers:
    """Each method and route demands a sign-in: IAM's, a token or an authorizer, in resources of its own or in the
    API's body. OPTIONS, which browsers ask first, is left out; so is an API that is private or has a policy of its
    own. An API key counts nobody in: it is in every client."""
    if api.type in _METHODS:
        return [_of_method(api, stack)]
    if api.type in _ROUTES:
        return [_of_route(api, stack)]
    if api.type in _HTTP and not api["target"].absent:
        return [api["target"].fails("makes a route for everything, which asks nobody to sign in")]
    return _of_body(api, stack)


def _of_method(method: Resource, stack: Stack) -> Answer:
    if method["httpMethod"].equals("OPTIONS"):
        return PASS
    demanded = method["authorization"].must_not_be("NONE")
    apis = stack.pointed(method, method["restApi"], _REST).sure
    return either(demanded, *(_kept_in(one, stack) for one in apis))


def _of_route(route: Resource, stack: Stack) -> Answer:
    key, demanded = route["routeKey"], route["authorizationType"].or_else("NONE").must_not_be("NONE")
    apis = stack.pointed(route, route["apiId"], _HTTP).sure
    # A socket's sign-in is asked for when it opens, and only then.
    socket = any(_socket(a) for a in apis)
    if key.unknown:
        return either(demanded, key.unsure()) if socket else demanded
    return PASS if key.text.startswith("OPTIONS ") or (socket and key.text != "$connect") else demanded


def _socket(api: Resource) -> bool:
    return api["protocolType"].equals("WEBSOCKET") is True


def _kept_in(api: Resource, stack: Stack) -> Answer:
    """Whether an API is private, or a policy says who may call it."""
    private = api["endpointConfiguration"]["types"].must_hold("PRIVATE")
    own = api["policy"].must_be_set()
    attached = stack.attached(api, _POLICIES, "restApiId").must(lambda _: [], fail("has no policy"))
    return either(private, own, attached)


def _of_body(api: Resource, stack: Stack) -> Answers:
    body = api["body"]
    if body.absent:
        return [PASS]
    document = parsed(body.raw)
    if not isinstance(document, Mapping):
        return [body.unsure("isn't known before deployment, or is no JSON")]
    found = [
        operation.judged(asks, "asks nobody to sign in") for operation, asks in _operations(Value(document, "body"))
    ]
    if api.type in _REST and found:
        return [either(_kept_in(api, stack), answer) for answer in found]
    return found


def _operations(document: Value) -> Iterator[tuple[Value, Truth]]:
    everywhere = document["security"].present
    for _, path in document["paths"].entries():
        for verb, operation in path.entries():
            if path.unknown or verb.lower() in _VERBS:
                security, own = operation["security"], operation["x-amazon-apigateway-auth"]["type"]
                asked = everywhere if security.absent else security.present
                yield operation, any_of((asked, False if own.absent else no(own.equals("NONE"))))


@rule(
    "api-firewall",
    _STAGES,
    Severity.LOW,
    "APIGateway.4",
    "CKV2_AWS_29",
    title="REST APIs have a web firewall",
    fix="Add a wafv2 WebAclAssociation with the stage's ARN.",
)
def firewall(stage: Resource, stack: Stack) -> Answers:
    """A web ACL refuses known attacks and floods before they reach the API."""
    return [stack.attached(stage, _ACLS, "resourceArn").must(lambda _: [], fail("has no WebAclAssociation"))]


@rule(
    "api-modern-tls",
    _DOMAINS,
    Severity.MEDIUM,
    "CKV_AWS_206",
    title="APIs' domains require TLS 1.2 or newer",
    fix="Set securityPolicy to TLS_1_2.",
)
def modern_tls(domain: Resource) -> Answers:
    """A domain of an API takes nothing older than TLS 1.2."""
    rest = domain.type == _DOMAINS[0]
    policy = domain["securityPolicy"] if rest else domain["domainNameConfiguration"]["securityPolicy"]
    newer = None if policy.unknown else policy.text.startswith(("SecurityPolicy_TLS12", "SecurityPolicy_TLS13"))
    # Unset, AWS takes TLS 1.2.
    yield policy.judged(any_of((policy.or_else("TLS_1_2").equals(*_MODERN), newer)), f"is {policy.text}")


@rule(
    "api-cache-encrypted",
    _SETTINGS,
    Severity.MEDIUM,
    "APIGateway.5",
    "CKV_AWS_308",
    title="What an API's cache keeps is encrypted",
    fix="Set settings.cacheDataEncrypted to true.",
)
def cache_encrypted(settings: Resource) -> Answers:
    """Where answers are cached, the cache is encrypted."""
    caches = settings["settings"]["cachingEnabled"].or_else(False).equals(True)
    encrypted = settings["settings"]["cacheDataEncrypted"].or_else(False)
    yield encrypted.judged(no(all_of((caches, no(encrypted.equals(True))))), "is off, and the cache is on")
