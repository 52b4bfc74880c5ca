// Package v1 is the version that baskets are stored in.
package v1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var GroupVersion = schema.GroupVersion{Group: "shop.example.com", Version: "v1"}

type Item struct {
	Name  string `json:"name"`
	Count int32  `json:"count,omitempty"`
}

type BasketSpec struct {
	Owner string `json:"owner"`
	Items []Item `json:"items,omitempty"`
}

type BasketStatus struct {
	Total              int32 `json:"total"`
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
}

type Basket struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              BasketSpec   `json:"spec"`
	Status            BasketStatus `json:"status,omitempty"`
}

type BasketList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Basket `json:"items"`
}

// Hub marks the version that the others are converted by.
func (*Basket) Hub() {}

func (b *Basket) DeepCopyObject() runtime.Object {
	c := *b
	b.ObjectMeta.DeepCopyInto(&c.ObjectMeta)
	c.Spec.Items = append([]Item(nil), b.Spec.Items...)
	return &c
}

func (l *BasketList) DeepCopyObject() runtime.Object {
	c := *l
	c.Items = make([]Basket, len(l.Items))
	for i := range l.Items {
		c.Items[i] = *l.Items[i].DeepCopyObject().(*Basket)
	}
	return &c
}

func AddToScheme(s *runtime.Scheme) error {
	s.AddKnownTypes(GroupVersion, &Basket{}, &BasketList{})
	metav1.AddToGroupVersion(s, GroupVersion)
	return nil
}
