package shared

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

const Drawer = "drawer"

var Sizes = []string{"small", "large"}

func ForceNewString(force bool) *schema.Schema {
	return &schema.Schema{Type: schema.TypeString, Required: true, ForceNew: force}
}
