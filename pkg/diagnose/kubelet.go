package diagnose

// KubeletFile is a file that the kubelet keeps up to date.
type KubeletFile struct {
	Path, Namespace, Pod, PodUID, Node string
	SubPath                            bool
}

// IsKeptByKubelet reports whether the token was read from a file that the kubelet wrote.
func (c *Case) IsKeptByKubelet() bool { return c.KubeletFile() != nil }

// KubeletFile is the file of the kubelet that the token was read from: it stands where the
// Pod's spec projects one, and is bound to that very Pod; or it is that of the Pod that this
// runs in, where the token itself says which that is.
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
