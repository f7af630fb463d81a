package finding

var (
	ServiceAccountDeleted = declare(Entry{
		ID: "service-account-deleted", Severity: Error, Group: "Bound objects of ServiceAccount tokens",
		Title: "the ServiceAccount does not exist",
		Meaning: "The ServiceAccount that the token was issued for does not exist. The API server looks up the ServiceAccount at " +
			"each use, before any other bound object, and answers 401. TokenReview returns `serviceaccounts \"NAME\" not " +
			"found`. The API server may still accept a recently used token from its cache for ten seconds.",
		Detection: "The error message of TokenReview proves the deletion. Reading the ServiceAccount proves it as well: the answer " +
			"is 404. The claims of the token name the ServiceAccount but do not show whether it exists.",
		Fix: "If the ServiceAccount should exist, create it and request new tokens. The API server keeps rejecting the old " +
			"tokens, because a new ServiceAccount has another UID. Restart the Pods that run under it. If the deletion was " +
			"intended, find the client that still sends the token.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	ServiceAccountRecreated = declare(Entry{
		ID: "service-account-recreated", Severity: Error, Group: "Bound objects of ServiceAccount tokens",
		Title: "the ServiceAccount was deleted and recreated",
		Meaning: "A ServiceAccount with this name exists, and its UID is not the UID in the token. To Kubernetes it is another " +
			"account, and the API server never accepts tokens of the old account for it. TokenReview returns `service account " +
			"UID (…) does not match claim (…)`. For tokens from Secrets, the message begins with `ServiceAccount`. Typical " +
			"reasons are a reinstalled Helm release and a recreated namespace. Pods that kept running still send the old " +
			"token.",
		Detection: "TokenReview proves it and names both UIDs. Comparing the ServiceAccount's `metadata.uid` with the claim proves " +
			"it as well.",
		Fix: "Request a token of the new ServiceAccount: `kubectl create token NAME --namespace NAMESPACE`. Restart the Pods " +
			"that use it, for example with `kubectl rollout restart deployment NAME --namespace NAMESPACE`. To replace a " +
			"token in a Secret, delete the Secret and create it again.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	ServiceAccountTerminating = declare(Entry{
		ID: "service-account-terminating", Severity: Error, Group: "Bound objects of ServiceAccount tokens",
		Title: "the ServiceAccount is being deleted",
		Meaning: "The ServiceAccount has a deletion timestamp, and a finalizer still holds it. The API server rejects its tokens " +
			"from one minute after that time, and its tokens from Secrets at once. TokenReview returns `service account " +
			"NAMESPACE/NAME has been deleted`.",
		Detection: "The error message of TokenReview proves it. The ServiceAccount shows `metadata.deletionTimestamp` and the " +
			"finalizers.",
		Fix: "A deletion cannot be undone. Wait until it completes, then create the ServiceAccount again if you need it. To " +
			"see the remaining finalizers, run `kubectl get serviceaccount NAME --namespace NAMESPACE --output yaml`. Check " +
			"the controller that owns them.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	BoundPodDeleted = declare(Entry{
		ID: "bound-pod-deleted", Severity: Error, Group: "Bound objects of ServiceAccount tokens",
		Title: "the token's Pod does not exist",
		Meaning: "The token was issued for one Pod and is valid only while that Pod exists. The Pod does not exist, so the API " +
			"server answers 401. TokenReview returns `service account token has been invalidated`. Either the token was " +
			"copied out of the Pod, or a process outlived the Pod.",
		Detection: "The claims name the Pod, and reading the Pod answers 404. That needs permission to get Pods in the namespace. " +
			"The error message does not tell which object is missing: the Pod, the Secret or the Node. The message is the " +
			"same when the API server failed to read the object.",
		Fix: "Use a token of the Pod that runs now: the Pod reads it from its own volume. Outside of Pods, use `kubectl create " +
			"token NAME --namespace NAMESPACE`. That token is bound to the ServiceAccount only.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	BoundPodRecreated = declare(Entry{
		ID: "bound-pod-recreated", Severity: Error, Group: "Bound objects of ServiceAccount tokens",
		Title: "the token's Pod was deleted and recreated",
		Meaning: "A Pod with the name in the token exists, and its UID is another one. The Pods of a StatefulSet keep their names " +
			"when they are replaced. An old token therefore seems to belong to the new Pod. TokenReview returns `pod UID (…) " +
			"does not match service account pod ref claim (…)`.",
		Detection: "TokenReview proves it and names both UIDs. Comparing the Pod's UID with the claim proves it as well.",
		Fix: "Read the token from the volume of the Pod that runs now. If a program copies tokens out of Pods, give the " +
			"program its own token: `kubectl create token NAME --namespace NAMESPACE`.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	BoundPodTerminating = declare(Entry{
		ID: "bound-pod-terminating", Severity: Error, Group: "Bound objects of ServiceAccount tokens",
		Title: "the token's Pod is past its deletion",
		Meaning: "The Pod is marked for deletion, and its grace period passed more than a minute ago. A finalizer or an " +
			"unresponsive node still holds the Pod. The API server now rejects the Pod's tokens. TokenReview returns `service " +
			"account token has been invalidated`. During the grace period, and for one minute after it, the token works.",
		Detection: "The Pod's `metadata.deletionTimestamp` is in the past; that time is the end of the grace period. Reading it " +
			"needs permission to get Pods. The error message alone does not tell.",
		Fix: "If the Pod needs the API to shut down, raise `terminationGracePeriodSeconds`. To see the finalizers that hold " +
			"the Pod, run `kubectl get pod NAME --namespace NAMESPACE --output yaml`. Check the controller that owns the " +
			"finalizers, and the node.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	BoundSecretDeleted = declare(Entry{
		ID: "bound-secret-deleted", Severity: Error, Group: "Bound objects of ServiceAccount tokens",
		Title: "the token's Secret does not exist",
		Meaning: "The token was issued with `--bound-object-kind Secret` and is valid only while that Secret exists. The Secret " +
			"was deleted, or has been marked for deletion for more than a minute. The API server answers 401. TokenReview " +
			"returns `service account token has been invalidated`.",
		Detection: "The claims name the Secret, and reading the Secret answers 404. That needs permission to get Secrets in the " +
			"namespace. The error message does not tell which object is missing.",
		Fix: "Deleting the Secret revokes such a token, so find out whether the deletion was intended. If not, create the " +
			"Secret and request a new token: `kubectl create token NAME --bound-object-kind Secret --bound-object-name " +
			"SECRET`.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	BoundSecretRecreated = declare(Entry{
		ID: "bound-secret-recreated", Severity: Error, Group: "Bound objects of ServiceAccount tokens",
		Title: "the token's Secret was deleted and recreated",
		Meaning: "A Secret with the name in the token exists, and its UID is another one. The token was bound to the deleted " +
			"Secret and became invalid with it. TokenReview returns `secret UID (…) does not match service account secret ref " +
			"claim (…)`.",
		Detection: "TokenReview proves it and names both UIDs. Comparing the Secret's UID with the claim proves it as well.",
		Fix: "Request a token that is bound to the present Secret: `kubectl create token NAME --bound-object-kind Secret " +
			"--bound-object-name SECRET`. Configure tools that delete and recreate Secrets to update the Secrets instead.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	BoundNodeDeleted = declare(Entry{
		ID: "bound-node-deleted", Severity: Error, Group: "Bound objects of ServiceAccount tokens",
		Title: "the token's Node does not exist",
		Meaning: "The token is bound to a Node. That Node was deleted, or has been marked for deletion for more than a minute. The " +
			"API server answers 401, and TokenReview returns `service account token has been invalidated`. A token that names " +
			"a Pod and a Node is bound to the Pod only. The API server does not check the Node of such a token.",
		Detection: "The claims name the Node, and reading the Node answers 404. That needs permission to get Nodes. The error " +
			"message does not tell which object is missing.",
		Fix: "If the machine returns, let its kubelet register again. Then request a new token: `kubectl create token NAME " +
			"--bound-object-kind Node --bound-object-name NODE`. The API server keeps rejecting the old token.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	BoundNodeRecreated = declare(Entry{
		ID: "bound-node-recreated", Severity: Error, Group: "Bound objects of ServiceAccount tokens",
		Title: "the token's Node was deleted and recreated",
		Meaning: "A Node with the name in the token exists, and its UID is another one, because the machine registered again. " +
			"TokenReview returns `node UID (…) does not match service account node ref claim (…)`. The API server checks this " +
			"only for tokens that are bound to a Node, not for tokens of Pods.",
		Detection: "TokenReview proves it and names both UIDs. Comparing the Node's UID with the claim proves it as well.",
		Fix: "Request a token that is bound to the present Node: `kubectl create token NAME --bound-object-kind Node " +
			"--bound-object-name NODE`.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	BoundObjectGone = declare(Entry{
		ID: "bound-object-gone", Severity: Error, Group: "Bound objects of ServiceAccount tokens",
		Title: "an object that the token is bound to is missing",
		Meaning: "TokenReview returns `service account token has been invalidated`. The token's Pod, Secret or Node was deleted, " +
			"is past its deletion, or could not be read by the API server. Only the API server's log at `-v=4` names the " +
			"object. The ServiceAccount exists, because the API server looks it up first.",
		Detection: "The error message of TokenReview proves this much. The claims name the bound object. Seeing its state needs " +
			"permission to read it.",
		Fix: "Ask an administrator to run `kubectl get` for the object that the claims name. A new token works in any case. " +
			"Take it from the Pod's own volume, or run `kubectl create token NAME --namespace NAMESPACE`.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go",
	})

	LegacyToken = declare(Entry{
		ID: "legacy-token", Severity: Info, Group: "Bound objects of ServiceAccount tokens",
		Title: "the token is a Secret token that never expires",
		Meaning: "The token comes from a Secret of type `kubernetes.io/service-account-token`. The token has no expiry and no " +
			"audience. The API server accepts it for as long as the Secret and the ServiceAccount exist. Kubernetes has not " +
			"created such Secrets automatically since 1.24. When the token is used, the API server writes the date into the " +
			"label `kubernetes.io/legacy-token-last-used`. It also returns a warning if Kubernetes generated the Secret for " +
			"the ServiceAccount.",
		Detection: "Read from the claims of the token alone. The date of the last use is in the Secret, which needs permission to " +
			"get it.",
		Fix: "Use a projected token in Pods, and `kubectl create token NAME` elsewhere. When the date of the last use no " +
			"longer changes, delete the Secret: `kubectl delete secret NAME --namespace NAMESPACE`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/",
	})

	LegacyTokenSecretDeleted = declare(Entry{
		ID: "legacy-token-secret-deleted", Severity: Error, Group: "Bound objects of ServiceAccount tokens",
		Title: "the Secret of the legacy token was deleted",
		Meaning: "The Secret that holds this token was deleted, or is marked for deletion. The API server looks up the Secret at " +
			"each use, before the ServiceAccount, and answers 401. TokenReview returns `Token has been invalidated`. Since " +
			"1.23, this exact message, with the capital letter, refers to the Secret only.",
		Detection: "The error message of TokenReview proves it. The claims name the Secret, and reading the Secret answers 404. That " +
			"needs permission to get Secrets in the namespace.",
		Fix: "Deleting the Secret revokes such a token, so find out whether the deletion was intended. From now on, use a " +
			"token that expires: `kubectl create token NAME --namespace NAMESPACE`, or a projected volume.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/legacy.go",
	})

	LegacyTokenReplaced = declare(Entry{
		ID: "legacy-token-replaced", Severity: Error, Group: "Bound objects of ServiceAccount tokens",
		Title: "the Secret holds another token now",
		Meaning: "The Secret that the token names exists and holds another token. The API server compares both byte by byte and " +
			"accepts only the token in the Secret. TokenReview returns `Token does not match server's copy`. Either the " +
			"signing key changed and the token was written again, or the Secret was edited or restored from a backup.",
		Detection: "The error message of TokenReview proves it. Comparing the token with the Secret proves it as well; neither token " +
			"is shown.",
		Fix: "Use the token that the Secret holds now. A token that expires is better: `kubectl create token NAME --namespace " +
			"NAMESPACE`.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/legacy.go",
	})

	LegacyTokenMarkedInvalid = declare(Entry{
		ID: "legacy-token-marked-invalid", Severity: Error, Group: "Bound objects of ServiceAccount tokens",
		Title: "the unused legacy token was marked invalid",
		Meaning: "The Secret has the label `kubernetes.io/legacy-token-invalid-since`. The controller manager sets the label on " +
			"generated token Secrets that no Pod mounts and that were not used for a year. It deletes such Secrets after " +
			"another year. `--legacy-service-account-token-clean-up-period` sets this period. The API server rejects the " +
			"token, and TokenReview returns a message with `has been marked invalid`.",
		Detection: "The error message of TokenReview proves it and names the Secret. The labels of the Secret prove it as well.",
		Fix: "Replace the token with a token that expires: `kubectl create token NAME --namespace NAMESPACE`, or a projected " +
			"volume. To keep a client working until then, remove the label: `kubectl label secret NAME --namespace NAMESPACE " +
			"kubernetes.io/legacy-token-invalid-since-`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/",
	})
)
