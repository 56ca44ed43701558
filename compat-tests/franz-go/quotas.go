package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"
)

var quotaOperations = []operation{
	once("AlterClientQuotas", func(ctx context.Context, s *session) (string, error) {
		return eachQuota(s.admin.AlterClientQuotas(ctx, []kadm.AlterClientQuotaEntry{
			{Entity: s.user("alice"), Ops: []kadm.AlterClientQuotaOp{
				{Key: "producer_byte_rate", Value: 1024}, {Key: "request_percentage", Value: 12.5},
			}},
			{Entity: append(s.user("alice"), component("client-id", nil)), Ops: []kadm.AlterClientQuotaOp{
				{Key: "consumer_byte_rate", Value: 2048},
			}},
		}))
	}),
	once("AlterClientQuotas with an unknown key", func(ctx context.Context, s *session) (string, error) {
		return eachQuota(s.admin.AlterClientQuotas(ctx, []kadm.AlterClientQuotaEntry{
			{Entity: s.user("alice"), Ops: []kadm.AlterClientQuotaOp{{Key: "no_such_rate", Value: 1}}},
		}))
	}),
	once("AlterClientQuotas of an unknown kind of entity", func(ctx context.Context, s *session) (string, error) {
		return eachQuota(s.admin.AlterClientQuotas(ctx, []kadm.AlterClientQuotaEntry{
			{
				Entity: kadm.ClientQuotaEntity{component("planet", pointer("earth"))},
				Ops:    []kadm.AlterClientQuotaOp{{Key: "producer_byte_rate", Value: 1}},
			},
		}))
	}),
	once("ValidateAlterClientQuotas", func(ctx context.Context, s *session) (string, error) {
		return eachQuota(s.admin.ValidateAlterClientQuotas(ctx, []kadm.AlterClientQuotaEntry{
			{Entity: s.user("bob"), Ops: []kadm.AlterClientQuotaOp{{Key: "producer_byte_rate", Value: 1}}},
		}))
	}),
	settling("DescribeClientQuotas", func(ctx context.Context, s *session) (string, error) {
		return s.quotasOf(ctx, false, "alice")
	}),
	settling("DescribeClientQuotas strictly", func(ctx context.Context, s *session) (string, error) {
		return s.quotasOf(ctx, true, "alice")
	}),
	settling("DescribeClientQuotas of what was only validated", func(ctx context.Context, s *session) (string, error) {
		return s.quotasOf(ctx, false, "bob")
	}),
	settling("DescribeClientQuotas of an unknown kind of entity", func(ctx context.Context, s *session) (string, error) {
		described, err := s.admin.DescribeClientQuotas(ctx, true, []kadm.DescribeClientQuotaComponent{
			{Type: "planet", MatchType: kmsg.QuotasMatchTypeAny},
		})
		return fmt.Sprintf("%d", len(described)), err
	}),
	once("AlterClientQuotas that removes", func(ctx context.Context, s *session) (string, error) {
		return eachQuota(s.admin.AlterClientQuotas(ctx, []kadm.AlterClientQuotaEntry{
			{Entity: s.user("alice"), Ops: []kadm.AlterClientQuotaOp{
				{Key: "producer_byte_rate", Remove: true}, {Key: "request_percentage", Remove: true},
			}},
			{Entity: append(s.user("alice"), component("client-id", nil)), Ops: []kadm.AlterClientQuotaOp{
				{Key: "consumer_byte_rate", Remove: true},
			}},
		}))
	}),
	settling("DescribeClientQuotas after they are removed", func(ctx context.Context, s *session) (string, error) {
		return s.quotasOf(ctx, false, "alice")
	}),
}

func component(kind string, name *string) kadm.ClientQuotaEntityComponent {
	return kadm.ClientQuotaEntityComponent{Type: kind, Name: name}
}

func (s *session) user(name string) kadm.ClientQuotaEntity {
	return kadm.ClientQuotaEntity{component("user", pointer(s.named(name)))}
}

func entity(parts kadm.ClientQuotaEntity) string {
	var described []string
	for _, part := range parts {
		described = append(described, fmt.Sprintf("%s %s", part.Type, text(part.Name)))
	}
	slices.Sort(described)
	return strings.Join(described, " and ")
}

func eachQuota(altered kadm.AlteredClientQuotas, err error) (string, error) {
	return eachByName(altered, func(a kadm.AlteredClientQuota) string {
		return entity(a.Entity) + " " + code(a.Err)
	}), err
}

// quotasOf are a user's quotas; strictly, only those that are for all clients of the user.
func (s *session) quotasOf(ctx context.Context, strict bool, user string) (string, error) {
	described, err := s.admin.DescribeClientQuotas(ctx, strict, []kadm.DescribeClientQuotaComponent{
		{Type: "user", MatchName: pointer(s.named(user)), MatchType: kmsg.QuotasMatchTypeExact},
	})
	return eachByName(described, func(d kadm.DescribedClientQuota) string {
		slices.SortFunc(d.Values, func(a, b kadm.ClientQuotaValue) int { return strings.Compare(a.Key, b.Key) })
		return fmt.Sprintf("%s %v", entity(d.Entity), d.Values)
	}), err
}
