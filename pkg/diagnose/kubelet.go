package diagnose

// KubeletFile is a token file that the kubelet writes.
type KubeletFile struct {
	Path, Namespace, Pod, PodUID, Node string
	SubPath                            bool
}

// IsKeptByKubelet reports whether the token was read from a file that the kubelet wrote.
func (c *Case) IsKeptByKubelet() bool { return c.KubeletFile() != nil }

// KubeletFile is the kubelet's file that the token was read from: at a path that the Pod's spec projects, and bound to that Pod;
// or the token of the Pod in which this program runs.
func (c *Case) KubeletFile() *KubeletFile {
	cred := c.Subject().Credential
	if !c.IsBoundToken() || cred.Projected == nil && cred.KubeletFile == "" {
		return nil
	}
	sa := c.Token().ServiceAccount()
	if sa.Pod == nil {
		return nil
	}
	out := &KubeletFile{Path: cred.KubeletFile, Namespace: sa.Namespace, Pod: sa.Pod.Name, PodUID: sa.Pod.UID}
	if sa.Node != nil {
		out.Node = sa.Node.Name
	}
	if p := cred.Projected; p != nil {
		if p.Undeclared || sa.Namespace != p.Namespace || sa.Pod.Name != p.Pod || sa.Pod.UID != p.PodUID {
			return nil
		}
		out.Path, out.Node, out.SubPath = p.Path, p.Node, p.SubPath
	}
	return out
}
