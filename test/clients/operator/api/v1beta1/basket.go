// Package v1beta1 has baskets as they once were: things by name and count in one text each.
package v1beta1

import (
	"fmt"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/conversion"

	v1 "kybern.io/operator/api/v1"
)

var GroupVersion = schema.GroupVersion{Group: "shop.example.com", Version: "v1beta1"}

type BasketSpec struct {
	Customer string   `json:"customer"`
	Things   []string `json:"things,omitempty"`
}

type Basket struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              BasketSpec      `json:"spec"`
	Status            v1.BasketStatus `json:"status,omitempty"`
}

type BasketList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Basket `json:"items"`
}

func (b *Basket) ConvertTo(hub conversion.Hub) error {
	to := hub.(*v1.Basket)
	to.ObjectMeta = b.ObjectMeta
	to.Status = b.Status
	to.Spec.Owner = b.Spec.Customer
	for _, thing := range b.Spec.Things {
		name, count, found := strings.Cut(thing, ":")
		item := v1.Item{Name: name}
		if found {
			n, err := strconv.ParseInt(count, 10, 32)
			if err != nil {
				return fmt.Errorf("thing %q has no count: %w", thing, err)
			}
			item.Count = int32(n)
		}
		to.Spec.Items = append(to.Spec.Items, item)
	}
	return nil
}

func (b *Basket) ConvertFrom(hub conversion.Hub) error {
	from := hub.(*v1.Basket)
	b.ObjectMeta = from.ObjectMeta
	b.Status = from.Status
	b.Spec.Customer = from.Spec.Owner
	for _, item := range from.Spec.Items {
		b.Spec.Things = append(b.Spec.Things, fmt.Sprintf("%s:%d", item.Name, item.Count))
	}
	return nil
}

func (b *Basket) DeepCopyObject() runtime.Object {
	c := *b
	b.ObjectMeta.DeepCopyInto(&c.ObjectMeta)
	c.Spec.Things = append([]string(nil), b.Spec.Things...)
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
