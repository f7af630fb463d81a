package anonymize

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// terms are words of standards and of Kubernetes that reports take from foreign data, in lower
// case: whoever writes RS256 as rs256 still names the algorithm.
var terms = sync.OnceValue(func() map[string]bool {
	out := words(strings.ToLower(`
	none RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 ES256K HS256 HS384 HS512 EdDSA Ed25519 Ed448 RSA EC OKP oct P-256 P-384 P-521 secp256k1 X25519 X448
	dir RSA1_5 RSA-OAEP RSA-OAEP-256 ECDH-ES ECDH-ES+A128KW ECDH-ES+A192KW ECDH-ES+A256KW A128KW A192KW A256KW A128GCMKW A256GCMKW
	A128GCM A192GCM A256GCM A128CBC-HS256 A192CBC-HS384 A256CBC-HS512 DEF sig enc sign verify encrypt decrypt JWT JWS JWE JOSE JOSE+JSON at+jwt application/at+jwt id_token
	openid email profile address phone offline_access groups pwd mfa otp hwk swk sms access refresh id
	code token implicit query fragment form_post authorization_code refresh_token client_credentials password public pairwise normal S256 plain
	client_secret_basic client_secret_post client_secret_jwt private_key_jwt tls_client_auth urn:ietf:params:oauth:grant-type:device_code
	urn:ietf:params:oauth:grant-type:token-exchange urn:ietf:params:oauth:grant-type:jwt-bearer page popup touch wap login consent select_account
	Bearer Basic Negotiate Digest NTLM AWS4-HMAC-SHA256 http https GET POST PUT PATCH DELETE HEAD OPTIONS CONNECT
	X-Amz-Algorithm X-Amz-Credential X-Amz-Date X-Amz-Expires X-Amz-SignedHeaders X-Amz-Signature X-Amz-Security-Token x-k8s-aws-id
	UTF-8 UTF-16 little-endian big-endian UTF-16LE UTF-16BE base64 base64url hex gzip PEM DER
	application/json application/jwk-set+json application/jwk+json application/octet-stream text/plain text/html text/xml application/xml application/yaml charset=utf-8
	CERTIFICATE KEY PUBLIC PRIVATE ENCRYPTED OPENSSH REQUEST PARAMETERS CRL X509
	*rsa.PublicKey *ecdsa.PublicKey ed25519.PublicKey *ecdh.PublicKey *dsa.PublicKey
	any serverAuth clientAuth codeSigning emailProtection timeStamping OCSPSigning usage
	get list watch create update patch delete deletecollection impersonate bind escalate approve proxy connect
	serviceaccounts secrets pods nodes namespaces configmaps services endpoints endpointslices tokenreviews selfsubjectreviews subjectaccessreviews selfsubjectaccessreviews
	selfsubjectrulesreviews localsubjectaccessreviews deployments statefulsets daemonsets replicasets jobs cronjobs roles clusterroles rolebindings clusterrolebindings apiservices
	certificatesigningrequests leases events ingresses persistentvolumes persistentvolumeclaims customresourcedefinitions validatingwebhookconfigurations mutatingwebhookconfigurations
	token log logs exec status scale portforward attach eviction ephemeralcontainers tokens
	serviceaccount secret pod node namespace configmap service deployment statefulset daemonset replicaset job cronjob user group
	endpointslice tokenreview selfsubjectreview subjectaccessreview role clusterrole rolebinding clusterrolebinding apiservice list config execcredential tokenrequest status replicationcontroller
	AuthenticationConfiguration ValidatingWebhookConfiguration MutatingWebhookConfiguration Certificate CertificateSigningRequest Ingress
	v1 authorization authentication v1beta1 v1alpha1 v1beta2 v2 v2beta1 apps batch extensions policy autoscaling rbac.authorization.k8s.io authentication.k8s.io authorization.k8s.io coordination.k8s.io
	discovery.k8s.io certificates.k8s.io networking.k8s.io storage.k8s.io apiregistration.k8s.io apiextensions.k8s.io admissionregistration.k8s.io metrics.k8s.io
	client.authentication.k8s.io/v1 client.authentication.k8s.io/v1beta1 client.authentication.k8s.io/v1alpha1
	kubernetes.io/service-account-token bootstrap.kubernetes.io/token Opaque kubernetes.io/tls kubernetes.io/dockerconfigjson kubernetes.io/dockercfg kubernetes.io/basic-auth
	kubernetes.io/ssh-auth helm.sh/release.v1
	authentication.kubernetes.io/credential-id authentication.kubernetes.io/issued-credential-id authentication.kubernetes.io/pod-name authentication.kubernetes.io/pod-uid
	authentication.kubernetes.io/node-name authentication.kubernetes.io/node-uid
	Accepted Rejected Anonymous Undecided NoOpinion Unknown ServiceAccountToken LegacyServiceAccountToken BootstrapToken AWSIAMToken OpaqueToken ClientCertificate BasicAuth
	OOMKilled CrashLoopBackOff ImagePullBackOff ErrImagePull ContainerCreating PodInitializing Completed Error Evicted Succeeded Failed Running Pending Terminating ContainerCannotRun
	CreateContainerConfigError CreateContainerError RunContainerError DeadlineExceeded
	FailedDiscoveryCheck ServiceNotFound MissingEndpoints EndpointsNotFound ServiceAccessError ServicePortError Passed Local
	kubectl authn inspect review explain simulate verify
	cat busybox sh head sed awk tar cmd powershell type
	Vault AWS STS Microsoft Entra ID Google oauth2-proxy
	claims header user claim issuer keys key signature audience algorithm username uid extra expiry lifetime certificate input kind time bound claimMappings claimMappings.username
	claimMappings.groups claimMappings.uid claimMappings.extra claimValidationRules userValidationRules
	true false t f 0 1 Node RBAC Webhook ABAC AlwaysAllow AlwaysDeny
	client-certificate client-key client-certificate-data client-key-data tokenFile username password exec auth-provider
	AnonymousAuthConfigurableEndpoints StructuredAuthenticationConfiguration ServiceAccountTokenNodeBinding ServiceAccountTokenNodeBindingValidation ServiceAccountTokenJTI
	ServiceAccountTokenPodNodeInfo ExternalServiceAccountTokenSigner AllowParsingUserUIDFromCertAuth StructuredAuthenticationConfigurationEgressSelector UnauthenticatedHTTP2DOSMitigation
	anonymous-auth api-audiences authentication-config authentication-token-webhook-config-file authentication-token-webhook-version authentication-token-webhook-cache-ttl
	authorization-config authorization-mode authorization-webhook-config-file client-ca-file egress-selector-config-file enable-bootstrap-token-auth feature-gates
	oidc-ca-file oidc-client-id oidc-groups-claim oidc-groups-prefix oidc-issuer-url oidc-required-claim oidc-signing-algs oidc-username-claim oidc-username-prefix
	requestheader-allowed-names requestheader-client-ca-file requestheader-extra-headers-prefix requestheader-group-headers requestheader-uid-headers requestheader-username-headers
	service-account-extend-token-expiration service-account-issuer service-account-jwks-uri service-account-key-file service-account-lookup service-account-max-token-expiration
	service-account-signing-endpoint service-account-signing-key-file tls-private-key-file token-auth-file
	Continue OK Created No Content Moved Permanently Found See Other Not Modified Temporary Redirect Bad Request Unauthorized Payment Required Forbidden Method Allowed Acceptable
	Proxy Authentication Timeout Conflict Gone Length Precondition Request Entity Too Large URI Long Unsupported Media Unprocessable Locked Upgrade Many Requests Header Fields
	Internal Server Implemented Gateway Service Unavailable HTTP Version Supported Network
	GET HEAD POST PUT PATCH DELETE OPTIONS Bearer Basic Negotiate Digest DPoP invalid_token invalid_request insufficient_scope
	kubeflow-userid kubeflow-groups x-auth-request-user x-auth-request-email x-auth-request-groups x-auth-request-preferred-username x-forwarded-user x-forwarded-email x-forwarded-groups
	X-Remote-User X-Remote-Group X-Remote-Uid X-Remote-Extra-`))
	for _, service := range []string{"the API server itself", "ServiceAccount token", "bootstrap token", "legacy ServiceAccount token", "client certificate", "front proxy", "token file", "anonymous", "webhook", "the kubelet", "the server behind the API server", "the program that verified the token", "Envoy (Istio)", "AWS STS", "Microsoft Entra ID", "Google STS", "UTF-8 with a byte order mark"} {
		out[strings.ToLower(service)] = true
	}
	return out
})

// shapes are those of releases, times, statuses, numbers of what is little, and characters.
var shapes = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(v?1\.[0-9]{1,2}(\.[0-9]{1,2})?|[1-5][0-9][0-9]|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]{8,18}(Z|[+-][0-9]{2}:[0-9]{2})|U\+[0-9A-F]{4,6})$`)
})

// isTerm reports whether a standard, Kubernetes or this program defines a word.
func (n *Names) isTerm(s string) bool {
	if r, size := utf8.DecodeRuneInString(s); size == len(s) && (unicode.IsPunct(r) || r < utf8.RuneSelf && unicode.IsSymbol(r)) {
		return true
	}
	return n.own[s] || terms()[strings.ToLower(s)] || isMember(s) || shapes().MatchString(s) || isPath(s) || isResource(s)
}

// isResource reports whether a word is a resource with its group or subresource.
func isResource(s string) bool {
	for _, separator := range []string{".", "/"} {
		if before, after, ok := strings.Cut(s, separator); ok && terms()[before] && (terms()[after] || isResource(after)) {
			return true
		}
	}
	return false
}

// isPath reports whether a word is a path of members: kubernetes.io.serviceaccount.name.
func isPath(s string) bool {
	for i := range len(s) {
		if s[i] == '.' && isMember(s[:i]) && (isMember(s[i+1:]) || isPath(s[i+1:])) {
			return true
		}
	}
	return false
}
