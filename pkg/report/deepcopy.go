package report

import (
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-authn/kubectl-authn/pkg/report/anonymize"
)

// DeepCopyObject makes the types runtime.Objects, which is what the printers of
// cli-runtime take.
func (x *Inspection) DeepCopyObject() runtime.Object { return anonymize.Copy(nil, x) }

// DeepCopyObject returns a copy that shares nothing.
func (x *InspectionList) DeepCopyObject() runtime.Object { return anonymize.Copy(nil, x) }

// DeepCopyObject returns a copy that shares nothing.
func (x *Verification) DeepCopyObject() runtime.Object { return anonymize.Copy(nil, x) }

// DeepCopyObject returns a copy that shares nothing.
func (x *Discovery) DeepCopyObject() runtime.Object { return anonymize.Copy(nil, x) }

// DeepCopyObject returns a copy that shares nothing.
func (x *Explanation) DeepCopyObject() runtime.Object { return anonymize.Copy(nil, x) }

// DeepCopyObject returns a copy that shares nothing.
func (x *Simulation) DeepCopyObject() runtime.Object { return anonymize.Copy(nil, x) }

// DeepCopyObject returns a copy that shares nothing.
func (x *Comparison) DeepCopyObject() runtime.Object { return anonymize.Copy(nil, x) }

// DeepCopyObject returns a copy that shares nothing.
func (x *FindingList) DeepCopyObject() runtime.Object { return anonymize.Copy(nil, x) }

// DeepCopyObject returns a copy that shares nothing.
func (x *LogSummary) DeepCopyObject() runtime.Object { return anonymize.Copy(nil, x) }

// DeepCopyObject returns a copy that shares nothing.
func (x *Version) DeepCopyObject() runtime.Object { return anonymize.Copy(nil, x) }
