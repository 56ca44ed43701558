package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

var configOperations = []operation{
	settling("DescribeTopicConfigs", func(ctx context.Context, s *session) (string, error) {
		described, err := s.admin.DescribeTopicConfigs(ctx, s.named("orders"))
		return settings(described, "cleanup.policy", "retention.ms", "segment.bytes"), err
	}),
	settling("DescribeTopicConfigs of an unknown topic", func(ctx context.Context, s *session) (string, error) {
		described, err := s.admin.DescribeTopicConfigs(ctx, s.named("absent"))
		return settings(described), err
	}),
	once("AlterTopicConfigs", func(ctx context.Context, s *session) (string, error) {
		changes := []kadm.AlterConfig{
			{Op: kadm.SetConfig, Name: "segment.bytes", Value: pointer("1048577")},
			{Op: kadm.AppendConfig, Name: "cleanup.policy", Value: pointer("compact")},
			{Op: kadm.DeleteConfig, Name: "retention.ms"},
		}
		return eachAltered(s.admin.AlterTopicConfigs(ctx, changes, s.named("orders"), s.named("absent")))
	}),
	settling("DescribeTopicConfigs after AlterTopicConfigs", func(ctx context.Context, s *session) (string, error) {
		described, err := s.admin.DescribeTopicConfigs(ctx, s.named("orders"))
		return settings(described, "cleanup.policy", "segment.bytes"), err
	}),
	settling("DescribeTopicConfigs with synonyms", func(ctx context.Context, s *session) (string, error) {
		described, err := s.admin.DescribeTopicConfigs(ctx, s.named("orders"))
		return synonyms(described, "segment.bytes"), err
	}),
	once("AlterTopicConfigs that takes from a list", func(ctx context.Context, s *session) (string, error) {
		changes := []kadm.AlterConfig{
			{Op: kadm.SubtractConfig, Name: "cleanup.policy", Value: pointer("compact")},
		}
		return eachAltered(s.admin.AlterTopicConfigs(ctx, changes, s.named("orders")))
	}),
	once("AlterTopicConfigs with a bad value", func(ctx context.Context, s *session) (string, error) {
		changes := []kadm.AlterConfig{{Name: "segment.bytes", Value: pointer("many")}}
		return eachAltered(s.admin.AlterTopicConfigs(ctx, changes, s.named("orders")))
	}),
	once("AlterTopicConfigs with an unknown name", func(ctx context.Context, s *session) (string, error) {
		changes := []kadm.AlterConfig{{Name: "no.such.config", Value: pointer("1")}}
		return eachAltered(s.admin.AlterTopicConfigs(ctx, changes, s.named("orders")))
	}),
	once("AlterTopicConfigs that appends to what is no list", func(ctx context.Context, s *session) (string, error) {
		changes := []kadm.AlterConfig{{Op: kadm.AppendConfig, Name: "segment.bytes", Value: pointer("1")}}
		return eachAltered(s.admin.AlterTopicConfigs(ctx, changes, s.named("orders")))
	}),
	once("ValidateAlterTopicConfigs", func(ctx context.Context, s *session) (string, error) {
		changes := []kadm.AlterConfig{{Name: "segment.bytes", Value: pointer("2097152")}}
		return eachAltered(s.admin.ValidateAlterTopicConfigs(ctx, changes, s.named("orders")))
	}),
	once("AlterTopicConfigsState", func(ctx context.Context, s *session) (string, error) {
		state := []kadm.AlterConfig{{Name: "retention.ms", Value: pointer("7654321")}}
		return eachAltered(s.admin.AlterTopicConfigsState(ctx, state, s.named("orders"), s.named("absent")))
	}),
	once("ValidateAlterTopicConfigsState", func(ctx context.Context, s *session) (string, error) {
		state := []kadm.AlterConfig{{Name: "retention.ms", Value: pointer("soon")}}
		return eachAltered(s.admin.ValidateAlterTopicConfigsState(ctx, state, s.named("orders")))
	}),
	settling("DescribeTopicConfigs after AlterTopicConfigsState", func(ctx context.Context, s *session) (string, error) {
		described, err := s.admin.DescribeTopicConfigs(ctx, s.named("orders"))
		return settings(described, "cleanup.policy", "retention.ms", "segment.bytes"), err
	}),
	settling("DescribeBrokerConfigs", func(ctx context.Context, s *session) (string, error) {
		return s.describeBroker(ctx, "log.cleaner.threads", "num.partitions", "ssl.keystore.password")
	}),
	once("AlterBrokerConfigs of one broker", func(ctx context.Context, s *session) (string, error) {
		return s.alterBroker(ctx, kadm.AlterConfig{Name: "message.max.bytes", Value: pointer("1048600")})
	}),
	settling("DescribeBrokerConfigs after AlterBrokerConfigs", func(ctx context.Context, s *session) (string, error) {
		return s.describeBroker(ctx, "message.max.bytes")
	}),
	once("AlterBrokerConfigs that deletes", func(ctx context.Context, s *session) (string, error) {
		return s.alterBroker(ctx, kadm.AlterConfig{Op: kadm.DeleteConfig, Name: "message.max.bytes"})
	}),
	settling("DescribeBrokerConfigs after that", func(ctx context.Context, s *session) (string, error) {
		return s.describeBroker(ctx, "message.max.bytes")
	}),
	once("AlterBrokerConfigs of all brokers", func(ctx context.Context, s *session) (string, error) {
		return eachAltered(s.admin.AlterBrokerConfigs(ctx, []kadm.AlterConfig{
			{Name: "log.cleaner.backoff.ms", Value: pointer("15001")},
		}))
	}),
	settling("DescribeBrokerConfigs of all brokers", func(ctx context.Context, s *session) (string, error) {
		described, err := s.admin.DescribeBrokerConfigs(ctx)
		return settings(described, "log.cleaner.backoff.ms"), err
	}),
	once("AlterBrokerConfigs of all brokers that deletes", func(ctx context.Context, s *session) (string, error) {
		return eachAltered(s.admin.AlterBrokerConfigs(ctx, []kadm.AlterConfig{
			{Op: kadm.DeleteConfig, Name: "log.cleaner.backoff.ms"},
		}))
	}),
	settling("DescribeBrokerConfigs of all brokers after that", func(ctx context.Context, s *session) (string, error) {
		described, err := s.admin.DescribeBrokerConfigs(ctx)
		return settings(described, "log.cleaner.backoff.ms"), err
	}),
	once("AlterBrokerConfigs of what cannot change", func(ctx context.Context, s *session) (string, error) {
		return eachAltered(s.admin.AlterBrokerConfigs(ctx, []kadm.AlterConfig{
			{Name: "node.id", Value: pointer("7")},
		}))
	}),
	once("ValidateAlterBrokerConfigs", func(ctx context.Context, s *session) (string, error) {
		return eachAltered(s.admin.ValidateAlterBrokerConfigs(ctx, []kadm.AlterConfig{
			{Name: "log.cleaner.threads", Value: pointer("none")},
		}))
	}),
	once("AlterBrokerConfigsState", func(ctx context.Context, s *session) (string, error) {
		return s.alterState(ctx, (*kadm.Client).AlterBrokerConfigsState, "15002")
	}),
	once("AlterBrokerConfigsState of nothing", func(ctx context.Context, s *session) (string, error) {
		return s.alterState(ctx, (*kadm.Client).AlterBrokerConfigsState)
	}),
	once("ValidateAlterBrokerConfigsState", func(ctx context.Context, s *session) (string, error) {
		return s.alterState(ctx, (*kadm.Client).ValidateAlterBrokerConfigsState, "soon")
	}),
	settling("configs of a group", func(ctx context.Context, s *session) (string, error) {
		return s.setAndRead(ctx, kmsg.ConfigResourceTypeGroupConfig, "consumer.session.timeout.ms", "46000")
	}),
	once("configs of a group out of range", func(ctx context.Context, s *session) (string, error) {
		return s.setAndRead(ctx, kmsg.ConfigResourceTypeGroupConfig, "consumer.session.timeout.ms", "1")
	}),
	settling("configs of client metrics", func(ctx context.Context, s *session) (string, error) {
		return s.setAndRead(ctx, kmsg.ConfigResourceTypeClientMetrics, "interval.ms", "5000")
	}),
	settling("ListConfigResources", func(ctx context.Context, s *session) (string, error) {
		listed, err := s.admin.ListConfigResources(ctx)
		var names []string
		for _, resource := range listed.Sorted() {
			if strings.HasPrefix(resource.Name, s.prefix) {
				names = append(names, fmt.Sprintf("%s %s", resource.Type, resource.Name))
			}
		}
		slices.Sort(names)
		return fmt.Sprintf("%s %v", code(listed.Err), names), err
	}),
	settling("ListConfigResources of a type", func(ctx context.Context, s *session) (string, error) {
		listed, err := s.admin.ListConfigResources(ctx, kadm.ConfigResourceGroupConfig)
		ours := slices.DeleteFunc(listed.Sorted(), func(r kadm.ConfigResource) bool {
			return !strings.HasPrefix(r.Name, s.prefix)
		})
		return fmt.Sprintf("%s %v", code(listed.Err), ours), err
	}),
}

func (s *session) anyBroker(ctx context.Context) (int32, error) {
	brokers, err := s.admin.ListBrokers(ctx)
	if err != nil {
		return 0, err
	}
	return brokers[0].NodeID, nil
}

// settings are the named configs of each resource, with where their values come from.
func settings(described kadm.ResourceConfigs, names ...string) string {
	return each(described, func(resource kadm.ResourceConfig) string {
		parts := []string{resource.Name, code(resource.Err)}
		for _, config := range resource.Configs {
			if !slices.Contains(names, config.Key) {
				continue
			}
			part := fmt.Sprintf("%s=%s from %s", config.Key, text(config.Value), config.Source)
			if config.Sensitive {
				part += " (sensitive)"
			}
			parts = append(parts, part)
		}
		slices.Sort(parts[2:])
		return strings.Join(parts, " ")
	})
}

// synonyms are a config's fallbacks, in order; kadm asks for them with every description.
func synonyms(described kadm.ResourceConfigs, name string) string {
	return each(described, func(resource kadm.ResourceConfig) string {
		for _, config := range resource.Configs {
			if config.Key != name {
				continue
			}
			return each(config.Synonyms, func(synonym kadm.ConfigSynonym) string {
				return fmt.Sprintf("%s=%s from %s", synonym.Key, text(synonym.Value), synonym.Source)
			})
		}
		return "absent"
	})
}

func eachAltered(altered kadm.AlterConfigsResponses, err error) (string, error) {
	return each(altered, func(response kadm.AlterConfigsResponse) string {
		return strings.TrimSpace(response.Name + " " + code(response.Err))
	}), err
}

func (s *session) describeBroker(ctx context.Context, names ...string) (string, error) {
	broker, err := s.anyBroker(ctx)
	if err != nil {
		return "", err
	}
	described, err := s.admin.DescribeBrokerConfigs(ctx, broker)
	for i := range described {
		described[i].Name = "broker"
	}
	return settings(described, names...), err
}

func (s *session) alterBroker(ctx context.Context, change kadm.AlterConfig) (string, error) {
	broker, err := s.anyBroker(ctx)
	if err != nil {
		return "", err
	}
	altered, err := s.admin.AlterBrokerConfigs(ctx, []kadm.AlterConfig{change}, broker)
	return each(altered, func(r kadm.AlterConfigsResponse) string { return code(r.Err) }), err
}

type alterState func(*kadm.Client, context.Context, []kadm.AlterConfig, ...int32) (kadm.AlterConfigsResponses, error)

// alterState replaces what is set dynamically for one broker, with one config or with none.
func (s *session) alterState(ctx context.Context, alter alterState, backoffMs ...string) (string, error) {
	broker, err := s.anyBroker(ctx)
	if err != nil {
		return "", err
	}
	var state []kadm.AlterConfig
	for _, value := range backoffMs {
		state = append(state, kadm.AlterConfig{Name: "log.cleaner.backoff.ms", Value: &value})
	}
	altered, err := alter(s.admin, ctx, state, broker)
	return each(altered, func(r kadm.AlterConfigsResponse) string { return code(r.Err) }), err
}

// setAndRead sets a config of a resource that is no topic and no broker, and reads it back.
func (s *session) setAndRead(
	ctx context.Context, kind kmsg.ConfigResourceType, name, value string,
) (string, error) {
	request := kmsg.NewPtrIncrementalAlterConfigsRequest()
	resource := kmsg.NewIncrementalAlterConfigsRequestResource()
	resource.ResourceType, resource.ResourceName = kind, s.named("resource")
	config := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
	config.Name, config.Value = name, &value
	resource.Configs = append(resource.Configs, config)
	request.Resources = append(request.Resources, resource)
	response, err := request.RequestWith(ctx, s.client)
	if err != nil {
		return "", err
	}
	if answer := response.Resources[0]; answer.ErrorCode != 0 {
		return code(kerr.ErrorForCode(answer.ErrorCode)), nil
	}
	return s.describeConfigs(ctx, kind, s.named("resource"), name)
}

func (s *session) describeConfigs(
	ctx context.Context, kind kmsg.ConfigResourceType, of string, names ...string,
) (string, error) {
	request := kmsg.NewPtrDescribeConfigsRequest()
	resource := kmsg.NewDescribeConfigsRequestResource()
	resource.ResourceType, resource.ResourceName = kind, of
	resource.ConfigNames = names
	request.Resources = append(request.Resources, resource)
	response, err := request.RequestWith(ctx, s.client)
	if err != nil {
		return "", err
	}
	answer := response.Resources[0]
	if answer.ErrorCode != 0 {
		return code(kerr.ErrorForCode(answer.ErrorCode)), nil
	}
	return each(answer.Configs, func(config kmsg.DescribeConfigsResponseResourceConfig) string {
		return fmt.Sprintf("%s=%s from %s", config.Name, text(config.Value), config.Source)
	}), nil
}
