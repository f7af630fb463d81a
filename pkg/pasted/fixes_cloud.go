package pasted

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// ofFederation has the reasons of AWS and Google about a federated token of a ServiceAccount.
func ofFederation() map[errortext.Key]explanation {
	const awsPage = "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html"
	const eksPage = "https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html"
	const googlePage = "https://cloud.google.com/iam/docs/workload-identity-federation"
	inspect := showToken()
	role := do(finding.T("Show the trust policy of the role."), finding.Run("aws iam get-role --role-name ROLE"))
	provider := do(finding.T("Show the provider in Google Cloud."), finding.Run("gcloud iam workload-identity-pools providers describe PROVIDER --workload-identity-pool=POOL --location=global"))
	again := do(finding.T("Read the token file again for each exchange: the kubelet replaces its content. Update an SDK that keeps the first token."), finding.Run("kubectl authn inspect -f token.txt"))
	return map[errortext.Key]explanation{
		"aws-oidc-provider": {
			title: finding.T("AWS does not trust the token's issuer"),
			means: finding.T("The account of the role has no IAM OIDC provider with this URL. The URL must match exactly, and the provider must be in the account of the role"),
			fix: steps(do(finding.T("List the providers of the account of the role."), finding.Run("aws iam list-open-id-connect-providers")),
				do(finding.T("On EKS, create the missing provider for the cluster."), finding.Run("eksctl utils associate-iam-oidc-provider --cluster CLUSTER --approve")), inspect), reference: awsPage,
		},
		"aws-audience": {
			title: finding.T("AWS expects another audience in the token"),
			means: finding.T("The token's audience is not among the client IDs of the IAM OIDC provider. The usual audience is sts.amazonaws.com"),
			fix: steps(do(finding.T("Request a token for the right audience. In a Pod, use the file at AWS_WEB_IDENTITY_TOKEN_FILE, not the default token."), finding.Run("kubectl authn mint NAME --namespace NAMESPACE --audience sts.amazonaws.com")),
				do(finding.T("Or show the provider's client IDs (ClientIDList), and add the audience there."), finding.Run("aws iam get-open-id-connect-provider --open-id-connect-provider-arn ARN"))), reference: awsPage,
		},
		"aws-audiences": {
			title: finding.T("AWS does not accept a token with several audiences"),
			means: finding.T("A token for AWS must have exactly one audience. Kubernetes tokens have no `azp`, which would decide"),
			fix:   steps(do(finding.T("Request a token for AWS alone."), finding.Run("kubectl authn mint NAME --namespace NAMESPACE --audience sts.amazonaws.com"))), reference: awsPage,
		},
		"aws-keys": {
			title: finding.T("AWS cannot read the issuer's keys"),
			means: finding.T("AWS returns the same message for a kid that is not among the keys, and for documents that it cannot read over the internet"),
			fix: steps(readIssuer(),
				do(finding.T("Check that one of the published keys verifies the token."), finding.Run("kubectl authn verify -f token.txt --issuer-url ISSUER"))), reference: awsPage,
		},
		"aws-token-expired": {
			title: finding.T("AWS rejected the token: the token has expired"),
			means: finding.T("AWS prints its time minus the tolerance of five minutes. Most often, a program read the token file once and kept the token"),
			fix:   steps(again), reference: awsPage,
		},
		"aws-not-jwt": {
			title: finding.T("AWS cannot read the token"),
			means: finding.T("AWS requires an unchanged JWT with the claims `iss`, `sub`, `aud`, `iat` and `exp`"), fix: steps(inspect), reference: awsPage,
		},
		"aws-thumbprint": {
			title: finding.T("AWS does not trust the certificate of the token's issuer"),
			means: finding.T("The certificate is not signed by a public CA, and the thumbprints of the IAM OIDC provider do not match it"),
			fix:   steps(do(finding.T("Set the thumbprint of the top certificate in the issuer's chain."), finding.Run("aws iam update-open-id-connect-provider-thumbprint --open-id-connect-provider-arn ARN --thumbprint-list THUMBPRINT"))), reference: awsPage,
		},
		"aws-trust-policy": {
			title: finding.T("AWS does not let the token assume the role"),
			means: finding.T("The role does not exist, or its trust policy does not match: the provider's ARN, the action, or the conditions on `sub` and `aud`. A new role takes some seconds to work"),
			fix:   steps(role, inspect), reference: awsPage,
		},
		"aws-web-identity":    {title: finding.T("AWS does not accept the token"), fix: steps(inspect), reference: awsPage},
		"aws-role-arn":        {title: finding.T("AWS cannot read the ARN of the role"), fix: steps(do(finding.T("Correct the annotation `eks.amazonaws.com/role-arn` of the ServiceAccount (arn:aws:iam::ACCOUNT:role/ROLE), and create the Pod again."), finding.Run("kubectl get serviceaccount NAME --namespace NAMESPACE --output yaml"))), reference: awsPage},
		"aws-duration":        {title: finding.T("the requested session is longer than the role allows"), fix: steps(say(finding.T("Request a shorter session, or raise MaxSessionDuration of the role."))), reference: awsPage},
		"aws-idp-unreachable": {title: finding.T("AWS cannot reach the token's issuer"), fix: steps(do(finding.T("Try again. If the error persists, check the issuer's documents from a machine outside of your network."), finding.Run("kubectl authn discover --issuer-url ISSUER"))), reference: awsPage},
		"aws-region-disabled": {title: finding.T("AWS STS is not active in the region"), fix: steps(say(finding.T("Activate STS for the region in the account settings of IAM, or use another region (AWS_REGION)."))), reference: awsPage},

		"eks-trust-policy": {
			title: finding.T("EKS Pod Identity may not assume the role"),
			means: finding.T("The trust policy of the role must allow the service pods.eks.amazonaws.com both sts:AssumeRole and sts:TagSession. Its conditions must match the cluster, the namespace and the ServiceAccount"),
			fix:   steps(role, do(finding.T("Show the association."), finding.Run("aws eks list-pod-identity-associations --cluster-name CLUSTER"))), reference: eksPage,
		},
		"eks-token": {
			title: finding.T("EKS Pod Identity does not accept the Pod's token"),
			means: finding.T("The token must be the one at AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, with the audience pods.eks.amazonaws.com, and must not have expired"), fix: steps(again), reference: eksPage,
		},
		"eks-association": {
			title: finding.T("EKS Pod Identity has no association for the ServiceAccount"),
			fix:   steps(do(finding.T("Show the associations of the cluster. An association applies to Pods that are created after it."), finding.Run("aws eks list-pod-identity-associations --cluster-name CLUSTER"))), reference: eksPage,
		},
		"eks-sdk-old": {
			title: finding.T("the AWS SDK of the program is too old for EKS Pod Identity"),
			means: finding.T("An old SDK does not accept the address of the EKS Pod Identity agent"),
			fix:   steps(say(finding.T("Update the program to an AWS SDK that supports EKS Pod Identity, or use IAM roles for service accounts."))), reference: eksPage,
		},
		"eks-pod-identity": {
			title: finding.T("EKS Pod Identity returned no credentials"),
			fix: steps(do(finding.T("Read the log of the agent on the Pod's node."), finding.Run("kubectl --namespace kube-system logs --selector app.kubernetes.io/name=eks-pod-identity-agent --tail=50")),
				do(finding.T("Show the associations of the cluster."), finding.Run("aws eks list-pod-identity-associations --cluster-name CLUSTER"))), reference: eksPage,
		},

		"google-issuer-unreachable": {
			title: finding.T("Google cannot read the issuer's documents"),
			means: finding.T("Google reads the issuer's discovery document and keys over the internet, with a certificate of a public CA, if the provider has no uploaded keys"),
			fix: steps(readIssuer(),
				say(finding.T("Or upload the cluster's keys to the provider (`--jwk-json-path`)."))), reference: googlePage,
		},
		"google-audience": {
			title: finding.T("Google expects another audience in the token"),
			means: finding.T("Without allowed audiences, the provider expects its own full resource name as the audience. With allowed audiences, only those are accepted"), fix: steps(provider, inspect), reference: googlePage,
		},
		"google-issuer": {title: finding.T("Google does not trust the token's issuer"), means: finding.T("The issuer of the provider (issuerUri) must match the token's `iss` exactly; a slash at the end counts"), fix: steps(provider, inspect), reference: googlePage},
		"google-stale":  {title: finding.T("Google rejected the token: the token is too old"), fix: steps(again), reference: googlePage},
		"google-target": {
			title: finding.T("Google does not know the workload identity provider"),
			means: finding.T("The `audience` of the credential configuration must be the full resource name of the provider, with the project's number. The pool or provider may also be disabled or deleted"),
			fix:   steps(provider, do(finding.T("Then create the credential configuration again."), finding.Run("gcloud iam workload-identity-pools create-cred-config --help"))), reference: googlePage,
		},
		"google-condition": {
			title: finding.T("the Google provider's attribute condition rejects the token"),
			means: finding.T("The provider's attributeCondition is false for the token's claims"), fix: steps(provider, inspect), reference: googlePage,
		},
		"google-mapping": {title: finding.T("the Google provider's attribute mapping fails for the token"), fix: steps(provider, inspect), reference: googlePage},
		"external-secrets-audience": {
			title: finding.T("the SecretStore lacks the audience of the Google provider"),
			means: finding.T("External Secrets compares the audience of the credential configuration with the one of the SecretStore, and requests no token if they differ"),
			fix: steps(do(finding.T("Set `audience` in `spec.provider.gcpsm.auth.workloadIdentityFederation` of the store to the provider's full resource name, which begins with //iam.googleapis.com/projects/."),
				finding.Run("kubectl get secretstores,clustersecretstores --all-namespaces --output yaml"))), reference: "https://external-secrets.io/latest/provider/google-secrets-manager/",
		},
		"google-jwks":         {title: finding.T("Google cannot read the uploaded keys"), fix: steps(say(finding.T("Upload the key set without `x5c` and `x5t` members, as one JSON object with `keys`."))), reference: googlePage},
		"google-organization": {title: finding.T("a Google organization policy does not allow the issuer"), fix: steps(say(finding.T("Ask an administrator of the organization to allow the issuer in the policy constraints/iam.workloadIdentityPoolProviders."))), reference: googlePage},
		"google-impersonation": {
			title: finding.T("Google does not let the identity use the IAM account"),
			means: finding.T("Google accepted the token. The IAM account lacks the role roles/iam.workloadIdentityUser for exactly this namespace and ServiceAccount"),
			fix: steps(do(finding.T("Show who may use the IAM account, and compare the member with the Pod's namespace and ServiceAccount."), finding.Run("gcloud iam service-accounts get-iam-policy EMAIL")),
				do(finding.T("Check the annotation `iam.gke.io/gcp-service-account`."), finding.Run("kubectl get serviceaccount NAME --namespace NAMESPACE --output yaml"))),
			reference: "https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity",
		},
		"google-token-kind": {
			title: finding.T("the Google API expects an access token"),
			means: finding.T("Google's APIs do not accept a Kubernetes token or an ID token directly. The token must be exchanged at sts.googleapis.com first"),
			fix:   steps(say(finding.T("Let the client library read a credential configuration (GOOGLE_APPLICATION_CREDENTIALS), which exchanges the token."))), reference: googlePage,
		},
		"gke-metadata": {
			title: finding.T("the GKE metadata server returned no token"),
			fix: steps(do(finding.T("Check the annotation `iam.gke.io/gcp-service-account`, and that the ServiceAccount may use that IAM account (roles/iam.workloadIdentityUser)."), finding.Run("kubectl get serviceaccount NAME --namespace NAMESPACE --output yaml")),
				say(finding.T("The node pool needs the metadata server of GKE (GKE_METADATA). A Pod with hostNetwork gets the node's identity."))),
			reference: "https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity",
		},
		"google-key":     {title: finding.T("Google does not accept the key of the IAM account"), means: finding.T("The key was deleted or replaced, or the account no longer exists"), fix: steps(say(finding.T("Create a new key, or better, use workload identity without a key. Replace the old key file where the program reads it.")))},
		"google-clock":   {title: finding.T("Google does not accept the time of the assertion"), fix: steps(do(finding.T("Compare the clock of the machine with the true time, and correct it (NTP)."), finding.Run("date -u")))},
		"google-revoked": {title: finding.T("the login with Google has expired or was revoked"), fix: steps(do(finding.T("Log in again."), finding.Run("gcloud auth login")))},
	}
}

// ofVault has the reasons of Vault's kubernetes and jwt auth methods.
func ofVault() map[errortext.Key]explanation {
	role := do(finding.T("Compare the role with the token. Vault itself rejects the login."), finding.Run("vault read auth/kubernetes/role/ROLE"))
	jwt := do(finding.T("Show the role of the jwt auth method."), finding.Run("vault read auth/jwt/role/ROLE"))
	inspect := do(finding.T("Show the token's claims."), finding.Run("kubectl authn inspect -f token.txt"))
	again := do(finding.T("Read the token file again before each login: the kubelet replaces its content."), finding.Run("kubectl authn inspect -f token.txt"))
	return map[errortext.Key]explanation{
		"vault-denied": {
			title: finding.T("Vault rejected the login"),
			means: finding.T("Vault returns this message for every failed login. Only the log of Vault has the reason"),
			fix: steps(do(finding.T("Explain the reason in Vault's own log. If the log has none, set Vault's log level to debug."), finding.Run("kubectl --namespace vault logs vault-0").Pipe(finding.Run("kubectl authn explain --error -"))),
				do(finding.T("Or ask the API server as Vault does. If the Vault role has an audience, use that one."), finding.Run("kubectl authn explain -f token.txt --audience AUDIENCE"))),
		},
		// hashicorp/vault-plugin-auth-kubernetes#121, hashicorp/vault#11953, #15430.
		"vault-reviewer": {
			title: finding.T("the API server rejects the token that Vault sends to it"),
			fix: steps(do(finding.T("Find out which token Vault sends to the API server. If token_reviewer_jwt_set is true, Vault sends token_reviewer_jwt. Otherwise Vault sends its own Pod's token. Outside "+
				"the cluster, or with disable_local_ca_jwt, Vault sends the login's token, which must then have the API server's audience."), finding.Run("vault read auth/kubernetes/config")),
				do(finding.T("Replace an expired token_reviewer_jwt. It also stops working when its Pod or Secret is deleted. If Vault runs in the cluster, write the configuration without token_reviewer_jwt. "+
					"Otherwise set a new token of a ServiceAccount with the ClusterRole system:auth-delegator. Check the token first:"), finding.Run("kubectl authn explain -f reviewer-token.txt"))),
		},
		"vault-role-names":      {title: finding.T("Vault's role does not allow the ServiceAccount"), means: finding.T("The token's ServiceAccount is not among bound_service_account_names of the role"), fix: steps(role, inspect)},
		"vault-role-namespaces": {title: finding.T("Vault's role does not allow the namespace"), means: finding.T("The token's namespace is not among bound_service_account_namespaces of the role, and does not match its selector"), fix: steps(role, inspect)},
		"vault-selector":        {title: finding.T("Vault cannot read the namespace's labels"), means: finding.T("A role with a namespace selector needs a token_reviewer_jwt that may read namespaces"), fix: steps(do(finding.T("Show which token Vault uses."), finding.Run("vault read auth/kubernetes/config")))},
		"vault-audience":        {title: finding.T("Vault's role expects another audience in the token"), fix: steps(do(finding.T("Show the role's `audience` (kubernetes) or `bound_audiences` (jwt)."), finding.Run("vault read auth/kubernetes/role/ROLE")), do(finding.T("Request a token for that audience, or correct the role."), finding.Run("kubectl authn mint NAME --namespace NAMESPACE --audience AUDIENCE")), inspect)},
		"vault-no-audience":     {title: finding.T("Vault's role has no audience, and the token has one"), means: finding.T("The jwt auth method requires `bound_audiences` for a token with an audience. Every Kubernetes token has one"), fix: steps(do(finding.T("Add the token's audience to the role."), finding.Run("vault write auth/jwt/role/ROLE bound_audiences=AUDIENCE")), inspect)},
		"vault-issuer":          {title: finding.T("Vault does not trust the token's issuer"), means: finding.T("The issuer in Vault's configuration must match the token's `iss` exactly"), fix: steps(do(finding.T("Show the configured issuer. For the kubernetes method, set disable_iss_validation=true instead: the API server verifies the issuer."), finding.Run("vault read auth/kubernetes/config")), inspect)},
		"vault-expired":         {title: finding.T("Vault rejected the token: the token has expired"), fix: steps(again)},
		"vault-times":           {title: finding.T("Vault rejected the token: the token is not valid yet"), means: finding.T("Vault's clock is behind the clock of the API server that issued the token"), fix: steps(do(finding.T("Compare the clock of Vault's machine with the true time, and correct it (NTP)."), finding.Run("date -u")), inspect)},
		"vault-subject":         {title: finding.T("Vault's role expects another subject in the token"), fix: steps(jwt, inspect)},
		"vault-signature":       {title: finding.T("Vault cannot verify the token's signature"), means: finding.T("The key that signed the token is not among Vault's keys (oidc_discovery_url, jwks_url, jwt_validation_pubkeys or pem_keys). Static keys must be replaced after each rotation"), fix: steps(do(finding.T("Show Vault's keys, and replace static ones with the cluster's current keys."), finding.Run("vault read auth/jwt/config")), do(finding.T("Check the token with the cluster's keys."), finding.Run("kubectl authn verify -f token.txt --issuer-url ISSUER")))},
		"vault-claims":          {title: finding.T("a claim of the token does not match Vault's role"), means: finding.T("Nested claims need a JSON pointer, for example /kubernetes.io/namespace"), fix: steps(jwt, inspect)},
		"vault-review":          {title: finding.T("the API server does not confirm the token from Vault"), fix: steps(do(finding.T("Ask the API server as Vault does. If the Vault role has an audience, use that one."), finding.Run("kubectl authn explain -f token.txt --audience AUDIENCE")))},
		"vault-role":            {title: finding.T("Vault's role does not exist or is of another type"), fix: steps(do(finding.T("List the roles of the auth method."), finding.Run("vault list auth/kubernetes/role")))},
		"vault-config":          {title: finding.T("Vault's auth method is not configured"), fix: steps(do(finding.T("Show the configuration of the auth method, at the path where it is mounted."), finding.Run("vault read auth/kubernetes/config")))},
	}
}

// ofMesh has the reasons of service meshes and of other programs that verify a Pod's token, and of programs that look for the
// Secret of a token.
func ofMesh() map[errortext.Key]explanation {
	const istioPage = "https://istio.io/latest/docs/reference/config/security/request_authentication/"
	inspect := do(finding.T("Show the token's claims."), finding.Run("kubectl authn inspect -f token.txt"))
	rules := do(finding.T("Show the rules for tokens. A rule names the issuer, the audiences and the keys."), finding.Run("kubectl get requestauthentications --all-namespaces --output yaml"))
	envoy := func(title, means finding.Text, fix ...step) explanation {
		return explanation{title: title, means: means, fix: fix, reference: istioPage}
	}
	none := finding.Text{}
	review := do(finding.T("Ask the API server about the token, for the audience that the program asks for."), finding.Run("kubectl authn explain -f token.txt --audience AUDIENCE"))
	return map[errortext.Key]explanation{
		"envoy-keys": envoy(finding.T("Envoy (Istio) has no key with the token's kid"), finding.T("The keys were rotated and Envoy still has the old ones, or the token is of another issuer than its `iss` says"),
			do(finding.T("Compare the token's kid with the keys of the issuer."), finding.Run("kubectl authn verify -f token.txt --issuer-url ISSUER")),
			say(finding.T("After a rotation, wait until istiod has read the keys again (20 minutes by default), or restart istiod. An old cookie of a browser must be deleted."))),
		"envoy-signature":        envoy(finding.T("Envoy (Istio) cannot verify the token's signature"), none, do(finding.T("Check the token with the keys of the issuer."), finding.Run("kubectl authn verify -f token.txt --issuer-url ISSUER")), rules),
		"envoy-missing":          envoy(finding.T("the request to Envoy (Istio) has no token"), none, say(finding.T("Send the token in the header that the rule names (by default `Authorization: Bearer`). A gateway or a redirect may drop the header.")), rules),
		"envoy-expired":          envoy(finding.T("Envoy (Istio) rejected the token: the token has expired"), none, say(finding.T("Request a new token from its issuer, and replace the old one.")), inspect),
		"envoy-not-yet":          envoy(finding.T("Envoy (Istio) rejected the token: the token is not valid yet"), none, do(finding.T("Compare the clock of the node with the true time, and correct it (NTP)."), finding.Run("date -u")), inspect),
		"envoy-issuer":           envoy(finding.T("Envoy (Istio) does not trust the token's issuer"), finding.T("The issuer of a rule must match the token's `iss` exactly"), rules, inspect),
		"envoy-audience":         envoy(finding.T("Envoy (Istio) expects another audience in the token"), none, rules, inspect),
		"envoy-malformed":        envoy(finding.T("Envoy (Istio) cannot read the token"), none, inspect),
		"envoy-algorithm":        envoy(finding.T("Envoy (Istio) does not accept the token's algorithm"), none, inspect),
		"envoy-jwks-unreachable": envoy(finding.T("Envoy (Istio) cannot read the issuer's keys"), none, do(finding.T("Check the issuer's keys from inside the cluster."), finding.Run("kubectl authn discover --issuer-url ISSUER")), rules),
		"envoy-jwks":             envoy(finding.T("the issuer's keys are not usable for Envoy (Istio)"), none, do(finding.T("Check the issuer's keys."), finding.Run("kubectl authn discover --issuer-url ISSUER")), rules),
		"envoy-rbac": {
			title:  finding.T("Envoy (Istio) denies the request"),
			before: finding.T("a proxy of the service mesh answered. A policy of the mesh, such as Istio's AuthorizationPolicy, does not allow the request. No API server's RBAC denied it"),
			fix: steps(do(finding.T("Show the policies. One selects the server, and does not allow the client's principal, namespace, path or token."), finding.Run("kubectl get authorizationpolicies --all-namespaces --output yaml")),
				say(finding.T("A rule with `principals` or `namespaces` needs mutual TLS: a client without a proxy has no principal. A rule with `requestPrincipals` needs a valid token and a RequestAuthentication."))),
			reference: "https://istio.io/latest/docs/reference/config/security/authorization-policy/",
		},
		"kube-rbac-proxy": {
			title: finding.T("kube-rbac-proxy denies the request"),
			means: finding.T("kube-rbac-proxy accepted the credential. Its API server's authorizer denied the user the permission that the message names"),
			fix: steps(do(finding.T("Check the permission. `--subresource`, if the message names one, is part of the question."), finding.Run("kubectl auth can-i VERB RESOURCE --as USER")),
				say(finding.T("If the user is to be allowed, ask an administrator for a role with exactly this permission, and for a binding of the user."))),
			reference: "https://github.com/brancz/kube-rbac-proxy",
		},
		"istiod-token": {
			title: finding.T("istiod does not accept the Pod's token"), means: finding.T("istiod asks the API server about the token with the audience istio-ca. istiod's own log has the API server's reason"),
			fix: steps(do(finding.T("Explain the reason in the log of istiod."), finding.Run("kubectl --namespace istio-system logs deployment/istiod --tail=-1").Pipe(finding.Run("kubectl authn explain --error -")))), reference: "https://istio.io/latest/docs/ops/common-problems/security-issues/",
		},
		"istiod-cluster": {
			title: finding.T("istiod does not know the cluster of the proxy"), fix: steps(do(finding.T("Check that istiod has a remote Secret for that cluster, with the same cluster name."), finding.Run("istioctl remote-clusters"))), reference: "https://istio.io/latest/docs/ops/diagnostic-tools/multicluster/",
		},
		"linkerd-token": {
			title: finding.T("Linkerd did not certify the identity of the proxy"), means: finding.T("The proxy sends its token to linkerd-identity, which asks the API server about it with the audience identity.l5d.io. The log of linkerd-identity has the reason"),
			fix: steps(do(finding.T("Explain the reason in the log of linkerd-identity."), finding.Run("kubectl --namespace linkerd logs deployment/linkerd-identity --container identity --tail=-1").Pipe(finding.Run("kubectl authn explain --error -")))), reference: "https://linkerd.io/2/features/automatic-mtls/",
		},
		"consul-login": {
			title: finding.T("Consul did not accept the login with a ServiceAccount token"), means: finding.T("Consul asks the API server about the token with its own ServiceAccountJWT, which needs permission to create TokenReviews and to read ServiceAccounts"),
			fix: steps(do(finding.T("Show the auth method and its binding rules."), finding.Run("consul acl auth-method read -name METHOD")), review), reference: "https://developer.hashicorp.com/consul/docs/security/acl/auth-methods/kubernetes",
		},
		"spire-token":       {title: finding.T("the SPIRE server got no confirmation of the agent's token"), means: finding.T("The SPIRE server asks the API server of the agent's cluster about the token (k8s_psat), by default with the audience spire-server"), fix: steps(review, inspect), reference: "https://spiffe.io/docs/latest/deploying/configuring/"},
		"spire-allowed":     {title: finding.T("SPIRE does not allow the agent's ServiceAccount or cluster"), fix: steps(say(finding.T("Add NAMESPACE:SERVICEACCOUNT to `service_account_allow_list` of the cluster in the server's k8s_psat plugin, and compare the cluster's name there with the agent's."))), reference: "https://spiffe.io/docs/latest/deploying/configuring/"},
		"spire-pod":         {title: finding.T("the agent's token is not bound to a Pod"), fix: steps(say(finding.T("Mount a projected ServiceAccount token into the agent's Pod, and name that file in the agent's k8s_psat plugin.")), inspect), reference: "https://spiffe.io/docs/latest/deploying/configuring/"},
		"teleport-lifetime": {title: finding.T("Teleport does not accept the token's lifetime"), means: finding.T("For static_jwks and oidc joining, Teleport requires a lifetime below 30 minutes"), fix: steps(say(finding.T("Set `expirationSeconds: 600` for the projected token in the Pod's volumes."))), reference: "https://goteleport.com/docs/reference/join-methods/"},
		"teleport-bound":    {title: finding.T("Teleport requires a token that is bound to a Pod"), fix: steps(say(finding.T("Mount a projected ServiceAccount token with Teleport's cluster name as its audience, and use that file.")), inspect), reference: "https://goteleport.com/docs/reference/join-methods/"},

		"no-token-secret": {
			title: finding.T("the ServiceAccount has no Secret with a token"),
			means: finding.T("Since Kubernetes 1.24, a new ServiceAccount gets no such Secret. The program that wrote the message expects one"),
			fix: steps(say(finding.T("Update the program: newer versions request tokens with the TokenRequest API, and need permission to create `serviceaccounts/token`.")),
				do(finding.T("To give a program a token by hand, request one with a limited lifetime."), finding.Run("kubectl create token NAME --namespace NAMESPACE")),
				say(finding.T("Only if the program cannot be updated, create a Secret of type kubernetes.io/service-account-token with the annotation `kubernetes.io/service-account.name`. Its token never expires."))),
			reference: "https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets",
		},
	}
}
