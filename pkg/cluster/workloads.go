package cluster

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Workload is an object that creates Pods: a Deployment, a Job and so on.
type Workload struct {
	UID types.UID
	// Selector selects its Pods, as a query parameter; empty for an object without one, such as a
	// CronJob.
	Selector string
}

// WorkloadGroup returns the API group of a kind of workload.
func WorkloadGroup(kind finding.Kind) string {
	if kind == finding.Job || kind == finding.CronJob {
		return "batch"
	}
	return "apps"
}

func workloadPath(kind finding.Kind, namespace string) string {
	return fmt.Sprintf("/apis/%s/v1/namespaces/%s/%ss", WorkloadGroup(kind), url.PathEscape(namespace), kind)
}

// ReadWorkload reads the selector of a workload.
func (c *Caller) ReadWorkload(ctx context.Context, kind finding.Kind, namespace, name string) (*Workload, *evidence.Failure) {
	var object struct {
		metav1.ObjectMeta `json:"metadata"`
		Spec              struct {
			// A CronJob has no selector.
			Selector *metav1.LabelSelector `json:"selector"`
		} `json:"spec"`
	}
	if _, failure := read(ctx, c, workloadPath(kind, namespace)+"/"+url.PathEscape(name), name, &object); failure != nil {
		return nil, failure
	}
	w := &Workload{UID: object.UID}
	switch s := object.Spec.Selector; {
	case kind == finding.CronJob:
		return w, nil
	case s == nil || len(s.MatchLabels)+len(s.MatchExpressions) == 0:
		// An empty selector would select every Pod of the namespace.
		return nil, evidence.Because(evidence.Unusable, finding.Errorf("the object has no selector"))
	}
	selector, err := metav1.LabelSelectorAsSelector(object.Spec.Selector)
	if err != nil {
		return nil, evidence.Because(evidence.Unusable, finding.Reword(err, "the selector of the object is not valid"))
	}
	w.Selector = selector.String()
	return w, nil
}

// Metadata is the metadata of an object in a list.
type Metadata struct {
	Name    string
	Created time.Time
	// Terminating reports that the object is being deleted.
	Terminating bool
	// Controller is the UID of the controlling object; empty if there is none.
	Controller types.UID
}

const (
	// withMetadata requests a table with the metadata of the objects and without their specs.
	withMetadata     = "includeObject=Metadata"
	metadataPage     = 50
	maxMetadataPages = 40
)

// Pods lists the Pods of a namespace that a selector selects, or only those in phase Running.
func (c *Caller) Pods(ctx context.Context, namespace, selector string, running bool) ([]Metadata, *evidence.Failure) {
	query := url.Values{"labelSelector": {selector}}
	if running {
		query.Set("fieldSelector", "status.phase=Running")
	}
	return c.metadata(ctx, "/api/v1/namespaces/"+url.PathEscape(namespace)+"/pods", query)
}

// Jobs lists the Jobs of a namespace.
func (c *Caller) Jobs(ctx context.Context, namespace string) ([]Metadata, *evidence.Failure) {
	return c.metadata(ctx, workloadPath(finding.Job, namespace), url.Values{})
}

// metadata lists the first 2000 objects, without names that are not valid.
func (c *Caller) metadata(ctx context.Context, path string, query url.Values) (out []Metadata, failure *evidence.Failure) {
	ctx, cancel := c.inOneCall(ctx)
	defer cancel()
	query.Set("limit", strconv.Itoa(metadataPage))
	for range maxMetadataPages {
		table := struct {
			Kind     string
			Metadata struct {
				Continue string
			}
			Rows []struct{ Object metav1.PartialObjectMetadata }
		}{}
		found, failure := c.get(ctx, path+"?"+withMetadata+"&"+query.Encode(), &table)
		switch {
		case failure != nil:
			return nil, failure
		case !found || table.Kind != "Table":
			return nil, evidence.Because(evidence.Unusable, finding.Errorf("the response to GET %s is not the requested table", finding.URL.Of(path)))
		}
		for i := range table.Rows {
			o := &table.Rows[i].Object
			if !finding.ObjectName(o.Name) {
				continue
			}
			m := Metadata{Name: o.Name, Created: o.CreationTimestamp.Time, Terminating: o.DeletionTimestamp != nil}
			if owner := metav1.GetControllerOf(o); owner != nil {
				m.Controller = owner.UID
			}
			out = append(out, m)
		}
		if table.Metadata.Continue == "" {
			break
		}
		query.Set("continue", table.Metadata.Continue)
	}
	return out, nil
}
