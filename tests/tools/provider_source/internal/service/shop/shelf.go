package shop

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type shelfBase struct{}

type shelfResource struct {
	shelfBase
}

type shelfResourceModel struct {
	Height types.Int64  `tfsdk:"height"`
	Badge  types.String `tfsdk:"badge"`
}

func newShelfResource(context.Context) (resource.ResourceWithConfigure, error) {
	r := &shelfResource{}
	return r, nil
}

func fixed[T any](ctx context.Context, more ...planmodifier.String) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, PlanModifiers: append(more, stringplanmodifier.RequiresReplace())}
}

func (r *shelfBase) Schema(ctx context.Context, request resource.SchemaRequest, response *resource.SchemaResponse) {
	s := schema.Schema{
		Attributes: map[string]schema.Attribute{
			"aisle":  fixed[string](ctx),
			"badge":  schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
			"height": schema.Int64Attribute{Optional: true},
			"filled": schema.StringAttribute{Computed: true},
			"open":   schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(true)},
			"owner": schema.StringAttribute{
				Optional: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplaceIfConfigured()},
			},
		},
	}
	if s.Blocks == nil {
		s.Blocks = make(map[string]schema.Block)
	}
	s.Blocks["board"] = schema.SetNestedBlock{
		NestedObject: schema.NestedBlockObject{
			Attributes: map[string]schema.Attribute{"wood": fixed[string](ctx), "wax": schema.StringAttribute{Optional: true}},
		},
	}
	response.Schema = s
}

func (r *shelfResource) ModifyPlan(ctx context.Context, request resource.ModifyPlanRequest, response *resource.ModifyPlanResponse) {
	var plan, state shelfResourceModel
	if plan.Height.ValueInt64() < state.Height.ValueInt64() {
		response.RequiresReplace = append(response.RequiresReplace, path.Root("height"))
		return
	}
	plan.Badge = types.StringUnknown()
}
