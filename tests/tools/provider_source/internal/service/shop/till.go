package shop

import (
	"context"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/customdiff"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-provider-aws/internal/shared"
	"github.com/hashicorp/terraform-provider-aws/names"
)

var coins = map[string]*schema.Schema{
	"currency": {Type: schema.TypeString, Optional: true, ForceNew: true},
	"amount":   {Type: schema.TypeInt, Optional: true},
}

func resourceTill() *schema.Resource {
	r := &schema.Resource{
		SchemaFunc: func() map[string]*schema.Schema {
			s := map[string]*schema.Schema{
				names.AttrVPCID: {Type: schema.TypeString, Optional: true, ForceNew: true},
				shared.Drawer:   shared.ForceNewString(true),
				"label":         shared.ForceNewString(false),
				"speed":         {Type: schema.TypeInt, Optional: true, Default: 3},
				"serial":        {Type: schema.TypeString, Optional: true, Computed: true},
				"version":       {Type: schema.TypeString, Computed: true},
				"revision":      {Type: schema.TypeString, Computed: true},
				"coins":         {Type: schema.TypeSet, Optional: true, Elem: &schema.Resource{Schema: coins}},
				"cards": {
					Type: schema.TypeSet, Optional: true,
					Elem: &schema.Resource{Schema: map[string]*schema.Schema{
						"brand": {Type: schema.TypeString, Required: true, ForceNew: true},
						"fee":   {Type: schema.TypeInt, Optional: true},
					}},
				},
				"lock": {
					Type: schema.TypeList, Optional: true, ForceNew: true, MaxItems: 1,
					Elem: &schema.Resource{Schema: map[string]*schema.Schema{
						"code": {Type: schema.TypeString, Optional: true},
					}},
				},
				"notes": {Type: schema.TypeList, Optional: true, ForceNew: true, Elem: &schema.Schema{Type: schema.TypeString}},
			}
			for _, size := range shared.Sizes {
				s[size+"_bags"] = &schema.Schema{Type: schema.TypeInt, Optional: true, ForceNew: true}
			}
			return s
		},
		CustomizeDiff: customdiff.Sequence(
			tillDiff,
			customdiff.ForceNewIfChange("speed", func(_ context.Context, old, new, meta any) bool { return new.(int) < old.(int) }),
			customdiff.ComputedIf("revision", func(_ context.Context, d *schema.ResourceDiff, meta any) bool {
				return d.HasChange("coins")
			}),
		),
	}
	return r
}

func tillDiff(_ context.Context, d *schema.ResourceDiff, meta any) error {
	if !needsVersion(d) {
		return nil
	}
	if err := d.SetNewComputed("version"); err != nil {
		return err
	}
	for _, key := range []string{"label", "serial"} {
		if d.HasChange(key) {
			return d.ForceNew(key)
		}
	}
	return nil
}

func needsVersion(d *schema.ResourceDiff) bool {
	return d.HasChange("label") || d.HasChanges("coins.0.amount", "serial")
}
