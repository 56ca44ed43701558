package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

var securityOperations = []operation{
	once("AlterUserSCRAMs", func(ctx context.Context, s *session) (string, error) {
		return eachUser(s.admin.AlterUserSCRAMs(ctx, nil, []kadm.UpsertSCRAM{
			{User: s.named("alice"), Mechanism: kadm.ScramSha256, Iterations: 4096, Password: "secret"},
			{User: s.named("bob"), Mechanism: kadm.ScramSha512, Iterations: 8192, Password: "secret"},
		}))
	}),
	once("AlterUserSCRAMs with too few iterations", func(ctx context.Context, s *session) (string, error) {
		// Past kadm, which checks the range itself.
		request := kmsg.NewPtrAlterUserSCRAMCredentialsRequest()
		upsert := kmsg.NewAlterUserSCRAMCredentialsRequestUpsertion()
		upsert.Name, upsert.Mechanism, upsert.Iterations = s.named("carol"), int8(kadm.ScramSha256), 16
		upsert.Salt, upsert.SaltedPassword = []byte("salt"), []byte("salted")
		request.Upsertions = append(request.Upsertions, upsert)
		response, err := request.RequestWith(ctx, s.client)
		if err != nil {
			return "", err
		}
		return code(kerr.ErrorForCode(response.Results[0].ErrorCode)), nil
	}),
	settling("DescribeUserSCRAMs", func(ctx context.Context, s *session) (string, error) {
		return s.describeUsers(ctx, "alice", "bob", "carol")
	}),
	settling("DescribeUserSCRAMs of all", func(ctx context.Context, s *session) (string, error) {
		described, err := s.admin.DescribeUserSCRAMs(ctx)
		return fmt.Sprint(s.ours(slices.Collect(maps.Keys(described)))), err
	}),
	once("AlterUserSCRAMs that deletes", func(ctx context.Context, s *session) (string, error) {
		return eachUser(s.admin.AlterUserSCRAMs(ctx, []kadm.DeleteSCRAM{
			{User: s.named("alice"), Mechanism: kadm.ScramSha256},
			{User: s.named("bob"), Mechanism: kadm.ScramSha512},
			{User: s.named("carol"), Mechanism: kadm.ScramSha512},
		}, nil))
	}),
	settling("DescribeUserSCRAMs after they are deleted", func(ctx context.Context, s *session) (string, error) {
		return s.describeUsers(ctx, "alice")
	}),
	once("CreateDelegationToken", func(ctx context.Context, s *session) (string, error) {
		_, err := s.admin.CreateDelegationToken(ctx, kadm.CreateDelegationToken{MaxLifetime: time.Hour})
		return "created", err
	}),
	once("RenewDelegationToken", func(ctx context.Context, s *session) (string, error) {
		_, err := s.admin.RenewDelegationToken(ctx, []byte("hmac"), time.Hour)
		return "renewed", err
	}),
	once("ExpireDelegationToken", func(ctx context.Context, s *session) (string, error) {
		_, err := s.admin.ExpireDelegationToken(ctx, []byte("hmac"), time.Hour)
		return "expired", err
	}),
	settling("DescribeDelegationTokens", func(ctx context.Context, s *session) (string, error) {
		tokens, err := s.admin.DescribeDelegationTokens(ctx)
		return fmt.Sprint(len(tokens)), err
	}),
	once("CreateACLs", func(ctx context.Context, s *session) (string, error) {
		created, err := s.admin.CreateACLs(ctx, s.acl().AllowHosts("*"))
		return each(created, func(r kadm.CreateACLsResult) string { return code(r.Err) }), err
	}),
	settling("DescribeACLs", func(ctx context.Context, s *session) (string, error) {
		described, err := s.admin.DescribeACLs(ctx, s.acl().AllowHosts())
		return each(described, func(r kadm.DescribeACLsResult) string { return code(r.Err) }), err
	}),
	once("DeleteACLs", func(ctx context.Context, s *session) (string, error) {
		deleted, err := s.admin.DeleteACLs(ctx, s.acl().AllowHosts())
		return each(deleted, func(r kadm.DeleteACLsResult) string { return code(r.Err) }), err
	}),
}

func (s *session) acl() *kadm.ACLBuilder {
	return kadm.NewACLs().
		Topics(s.named("orders")).
		ResourcePatternType(kadm.ACLPatternLiteral).
		Operations(kadm.OpRead).
		Allow("User:alice")
}

func eachUser(altered kadm.AlteredUserSCRAMs, err error) (string, error) {
	return eachByName(slices.Collect(maps.Values(altered)), func(a kadm.AlteredUserSCRAM) string {
		return a.User + " " + code(a.Err)
	}), err
}

func (s *session) describeUsers(ctx context.Context, users ...string) (string, error) {
	var names []string
	for _, user := range users {
		names = append(names, s.named(user))
	}
	described, err := s.admin.DescribeUserSCRAMs(ctx, names...)
	return eachByName(slices.Collect(maps.Values(described)), func(d kadm.DescribedUserSCRAM) string {
		return fmt.Sprintf("%s %s %v", d.User, code(d.Err), d.CredInfos)
	}), err
}
