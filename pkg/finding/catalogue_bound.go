package finding

var (
	ServiceAccountDeleted = declare(Entry{
		ID: "service-account-deleted", Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the ServiceAccount does not exist",
		Meaning: "The ServiceAccount that the token was issued for is not there. The API server looks it up at each use, " +
			"before anything else that the token is bound to, and answers 401; TokenReview says `serviceaccounts \"NAME\" " +
			"not found`. A token that was just used may still be answered from the server's cache for ten seconds.",
		Detection: "TokenReview proves it by the server's own words; so does reading the ServiceAccount, which answers 404. The " +
			"claims of the token name it, but do not tell whether it exists.",
		Fix: "Create the ServiceAccount again where that is right, and mint new tokens; the old ones stay refused, as a " +
			"new ServiceAccount has another UID. Pods that run under it have to be restarted. If it was deleted on " +
			"purpose, whoever still sends the token is what remains to be found.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	ServiceAccountRecreated = declare(Entry{
		ID: "service-account-recreated", Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the ServiceAccount was deleted and created again",
		Meaning: "There is a ServiceAccount of that name, and its UID is not the one in the token. To Kubernetes it is another " +
			"account, and tokens of the old one are never accepted for it. TokenReview says `service account UID (…) does " +
			"not match claim (…)`, with `ServiceAccount` for tokens kept in Secrets. Deleting and installing a Helm " +
			"release or a namespace anew does this, and Pods that survived it go on with the old token.",
		Detection: "TokenReview proves it and names both UIDs. Reading the ServiceAccount and comparing its `metadata.uid` with " +
			"the claim proves it as well.",
		Fix: "Get a token of the new ServiceAccount: `kubectl create token NAME --namespace NAMESPACE`. Restart the Pods " +
			"that use it, for example `kubectl rollout restart deployment NAME --namespace NAMESPACE`. A token in a " +
			"Secret is made anew by deleting that Secret and creating it again.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	ServiceAccountTerminating = declare(Entry{
		ID: "service-account-terminating", Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the ServiceAccount is being deleted",
		Meaning: "The ServiceAccount is marked for deletion, and a finalizer still holds it. The API server refuses its tokens " +
			"from a minute after that mark, and those from Secrets at once. TokenReview says `service account " +
			"NAMESPACE/NAME has been deleted`.",
		Detection: "TokenReview proves it by the server's own words. Reading the ServiceAccount shows " +
			"`metadata.deletionTimestamp` and the finalizers.",
		Fix: "Deletion cannot be taken back: let it end, and create the ServiceAccount again if it is needed. `kubectl get " +
			"serviceaccount NAME --namespace NAMESPACE --output yaml` shows which finalizers are waited for; see to the " +
			"controller that owns them.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	BoundPodDeleted = declare(Entry{
		ID: "bound-pod-deleted", Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the Pod the token is bound to does not exist",
		Meaning: "The token was issued to one Pod and ends with it. That Pod is not there, so the API server answers 401, and " +
			"TokenReview says `service account token has been invalidated`. Somebody copied the token out of the Pod, or " +
			"a process outlived it.",
		Detection: "The claims name the Pod, and reading it answers 404: that needs the right to get Pods in the namespace. The " +
			"server's words alone do not tell which of Pod, Secret or Node it misses, and they are the same when it " +
			"failed to look.",
		Fix: "Use a token of the Pod that runs now, which it reads from its own volume. Outside Pods use `kubectl create " +
			"token NAME --namespace NAMESPACE`, which is bound to nothing but the ServiceAccount.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	BoundPodRecreated = declare(Entry{
		ID: "bound-pod-recreated", Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the Pod was deleted and another has its name",
		Meaning: "There is a Pod of the name in the token, and it has another UID. The Pods of a StatefulSet keep their names " +
			"when they are replaced, so an old token looks as if it belonged to the new Pod. TokenReview says `pod UID " +
			"(…) does not match service account pod ref claim (…)`.",
		Detection: "TokenReview proves it and names both UIDs. Reading the Pod and comparing its UID with the claim proves it as " +
			"well.",
		Fix: "Read the token from the volume of the Pod that runs now. If something copies tokens out of Pods, give it one " +
			"of its own with `kubectl create token NAME --namespace NAMESPACE`.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	BoundPodTerminating = declare(Entry{
		ID: "bound-pod-terminating", Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the Pod the token is bound to is past its deletion",
		Meaning: "The Pod is marked for deletion, its grace period is over by more than a minute, and something still holds " +
			"it: a finalizer, or a node that does not answer. The API server refuses its tokens from then on, and " +
			"TokenReview says `service account token has been invalidated`. During the grace period, and for a minute " +
			"after it, the token works.",
		Detection: "Reading the Pod shows a `metadata.deletionTimestamp` that has passed, which is the end of the grace period; " +
			"that needs the right to get Pods. The server's words alone do not tell.",
		Fix: "If the Pod needs the API to shut down, give it time with `terminationGracePeriodSeconds`. See which " +
			"finalizers hold it with `kubectl get pod NAME --namespace NAMESPACE --output yaml`, and see to the " +
			"controller that owns them, or to the node.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	BoundSecretDeleted = declare(Entry{
		ID: "bound-secret-deleted", Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the Secret the token is bound to does not exist",
		Meaning: "The token was issued with `--bound-object-kind Secret` and ends with that Secret. The Secret is gone, or " +
			"marked for deletion for more than a minute. The API server answers 401, and TokenReview says `service " +
			"account token has been invalidated`.",
		Detection: "The claims name the Secret, and reading it answers 404; that needs the right to get Secrets in the " +
			"namespace. The server's words alone do not tell which object it misses.",
		Fix: "Deleting the Secret is how such a token is revoked, so find out whether that was meant. If not, create the " +
			"Secret and a new token: `kubectl create token NAME --bound-object-kind Secret --bound-object-name SECRET`.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	BoundSecretRecreated = declare(Entry{
		ID: "bound-secret-recreated", Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the Secret was deleted and another has its name",
		Meaning: "There is a Secret of the name in the token, and it has another UID. The token was bound to the former one " +
			"and ended with it. TokenReview says `secret UID (…) does not match service account secret ref claim (…)`.",
		Detection: "TokenReview proves it and names both UIDs. Reading the Secret and comparing its UID with the claim proves it " +
			"as well.",
		Fix: "Mint a token that is bound to the Secret that is there now: `kubectl create token NAME --bound-object-kind " +
			"Secret --bound-object-name SECRET`. A tool that replaces Secrets by deleting and creating them should update " +
			"them instead.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	BoundNodeDeleted = declare(Entry{
		ID: "bound-node-deleted", Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the Node the token is bound to does not exist",
		Meaning: "The token is bound to a Node itself, and that Node is gone or marked for deletion for more than a minute. " +
			"The API server answers 401, and TokenReview says `service account token has been invalidated`. A token that " +
			"names a Pod and a Node is bound to the Pod alone: there the Node is information and is never checked.",
		Detection: "The claims name the Node, and reading it answers 404; that needs the right to get Nodes. The server's words " +
			"alone do not tell which object it misses.",
		Fix: "If the machine is to come back, let its kubelet register again, and mint a new token: `kubectl create token " +
			"NAME --bound-object-kind Node --bound-object-name NODE`. The old one stays refused.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	BoundNodeRecreated = declare(Entry{
		ID: "bound-node-recreated", Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the Node was deleted and another has its name",
		Meaning: "There is a Node of the name in the token, and it has another UID, because the machine was registered anew. " +
			"TokenReview says `node UID (…) does not match service account node ref claim (…)`. It is checked only for " +
			"tokens that are bound to the Node itself, not for those of Pods.",
		Detection: "TokenReview proves it and names both UIDs. Reading the Node and comparing its UID with the claim proves it " +
			"as well.",
		Fix: "Mint a token that is bound to the Node that is there now: `kubectl create token NAME --bound-object-kind " +
			"Node --bound-object-name NODE`.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	BoundObjectGone = declare(Entry{
		ID: "bound-object-gone", Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "an object the token is bound to is gone",
		Meaning: "TokenReview says `service account token has been invalidated`: the Pod, Secret or Node in the token is gone, " +
			"is past its deletion, or could not be read by the API server. Which of them it is stands only in the " +
			"server's log at `-v=4`. The ServiceAccount itself is there, as it is looked up first.",
		Detection: "TokenReview's words prove that much. The claims name the one object that the token is bound to; to see what " +
			"became of it needs the right to read it.",
		Fix: "Ask somebody who may for `kubectl get` of the object that the claims name. In any case a new token helps: " +
			"from the Pod's own volume, or `kubectl create token NAME --namespace NAMESPACE`.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	LegacyToken = declare(Entry{
		ID: "legacy-token", Severity: Info, Group: "The objects a ServiceAccount token is bound to",
		Title: "the token is a never-expiring Secret token",
		Meaning: "The token comes from a Secret of type `kubernetes.io/service-account-token`. It has no expiry and no " +
			"audience, and is good for the API server for as long as the Secret and the ServiceAccount exist. Kubernetes " +
			"has made no such Secrets by itself since 1.24. When one is used the server notes the day in the label " +
			"`kubernetes.io/legacy-token-last-used`, and it warns if the Secret was generated for the account.",
		Detection: "Seen in the token's claims alone. The day of its last use is read from the Secret, which needs the right to " +
			"get it.",
		Fix: "Use a projected token in Pods, and `kubectl create token NAME` elsewhere. When the last-used label has stood " +
			"still for long enough, delete the Secret: `kubectl delete secret NAME --namespace NAMESPACE`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/",
	})

	LegacyTokenSecretDeleted = declare(Entry{
		ID: "legacy-token-secret-deleted", Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the Secret of the legacy token is gone",
		Meaning: "The Secret that this token was made for is gone or marked for deletion. The API server looks it up at each " +
			"use, before the ServiceAccount, and answers 401. TokenReview says `Token has been invalidated`; since 1.23 " +
			"with these words and this capital it means the Secret alone.",
		Detection: "TokenReview's words prove it. The claims name the Secret, and reading it answers 404, which needs the right " +
			"to get Secrets in the namespace.",
		Fix: "Deleting the Secret is how such a token is revoked, so find out whether that was meant. Use a token that " +
			"expires from now on: `kubectl create token NAME --namespace NAMESPACE`, or a projected volume.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/legacy.go",
	})

	LegacyTokenReplaced = declare(Entry{
		ID: "legacy-token-replaced", Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the Secret holds another token by now",
		Meaning: "The Secret that the token names is there, and holds another token. The API server compares the two byte for " +
			"byte and accepts only what the Secret holds. TokenReview says `Token does not match server's copy`. The " +
			"token was written anew after a change of the signing key, or somebody edited the Secret or restored it from " +
			"a backup.",
		Detection: "TokenReview's words prove it. So does reading the Secret and comparing; that is done here without showing " +
			"either token.",
		Fix: "Take the token that the Secret holds now, or better one that expires: `kubectl create token NAME --namespace " +
			"NAMESPACE`.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/legacy.go",
	})

	LegacyTokenMarkedInvalid = declare(Entry{
		ID: "legacy-token-marked-invalid", Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the legacy token was marked invalid after long disuse",
		Meaning: "The Secret carries the label `kubernetes.io/legacy-token-invalid-since`. The controller manager puts it on " +
			"generated token Secrets that no Pod mounts and nobody has used for a year, and deletes them after another; " +
			"`--legacy-service-account-token-clean-up-period` sets that time. The API server refuses the token, and " +
			"TokenReview says that it `has been marked invalid`.",
		Detection: "TokenReview's words prove it and name the Secret. Reading the Secret's labels proves it as well.",
		Fix: "Replace the token by one that expires: `kubectl create token NAME --namespace NAMESPACE`, or a projected " +
			"volume. To keep something alive until then, take the label off: `kubectl label secret NAME --namespace " +
			"NAMESPACE kubernetes.io/legacy-token-invalid-since-`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/",
	})
)
