package finding

var boundObjects = []Entry{
	{
		ID: ServiceAccountDeleted, Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the ServiceAccount does not exist",
	},
	{
		ID: ServiceAccountRecreated, Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the ServiceAccount was deleted and created again",
	},
	{
		ID: ServiceAccountTerminating, Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the ServiceAccount is being deleted",
	},
	{
		ID: BoundPodDeleted, Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the Pod the token is bound to does not exist",
	},
	{
		ID: BoundPodRecreated, Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the Pod was deleted and another has its name",
	},
	{
		ID: BoundPodTerminating, Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the Pod the token is bound to is past its deletion",
	},
	{
		ID: BoundSecretDeleted, Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the Secret the token is bound to does not exist",
	},
	{
		ID: BoundSecretRecreated, Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the Secret was deleted and another has its name",
	},
	{
		ID: BoundNodeDeleted, Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the Node the token is bound to does not exist",
	},
	{
		ID: BoundNodeRecreated, Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the Node was deleted and another has its name",
	},
	{
		ID: BoundObjectGone, Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "an object the token is bound to is gone",
	},
	{
		ID: LegacyToken, Severity: Info, Group: "The objects a ServiceAccount token is bound to",
		Title: "the token is a never-expiring Secret token",
	},
	{
		ID: LegacyTokenSecretDeleted, Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the Secret of the legacy token does not exist",
	},
	{
		ID: LegacyTokenReplaced, Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the Secret holds another token by now",
	},
	{
		ID: LegacyTokenMarkedInvalid, Severity: Error, Group: "The objects a ServiceAccount token is bound to",
		Title: "the legacy token was marked invalid after long disuse",
	},
}
