package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

var clusterOperations = []operation{
	settling("ApiVersions", func(ctx context.Context, s *session) (string, error) {
		versions, err := s.admin.ApiVersions(ctx)
		if err != nil {
			return "", err
		}
		var answers []string
		versions.Each(func(v kadm.BrokerApiVersions) {
			lowest, _ := v.KeyMinVersion(int16(kmsg.Metadata))
			highest, _ := v.KeyMaxVersion(int16(kmsg.Metadata))
			answers = append(answers, fmt.Sprintf("Metadata v%d to v%d", lowest, highest))
		})
		return strings.Join(slices.Compact(answers), ", "), nil
	}),
	once("ListBrokers", func(ctx context.Context, s *session) (string, error) {
		brokers, err := s.admin.ListBrokers(ctx)
		return fmt.Sprintf("%d", len(brokers)), err
	}),
	once("BrokerMetadata", func(ctx context.Context, s *session) (string, error) {
		metadata, err := s.admin.BrokerMetadata(ctx)
		known := slices.Contains(metadata.Brokers.NodeIDs(), metadata.Controller)
		return fmt.Sprintf("cluster id of %d characters, controller among the brokers %t, %d topics",
			len(metadata.Cluster), known, len(metadata.Topics)), err
	}),
	once("DescribeCluster", func(ctx context.Context, s *session) (string, error) {
		return s.describeCluster(ctx, 1)
	}),
	settling("DescribeCluster of controllers", func(ctx context.Context, s *session) (string, error) {
		return s.describeCluster(ctx, 2)
	}),
	settling("DescribeQuorum", func(ctx context.Context, s *session) (string, error) {
		return s.describeQuorum(ctx, "__cluster_metadata")
	}),
	settling("DescribeQuorum of another topic", func(ctx context.Context, s *session) (string, error) {
		return s.describeQuorum(ctx, "other")
	}),
	once("UpdateFeatures of an unknown feature", func(ctx context.Context, s *session) (string, error) {
		return s.updateFeature(ctx, kadm.FeatureUpdate{Feature: "no.such", MaxVersionLevel: 1, UpgradeType: 1})
	}),
	once("UpdateFeatures to the same level", func(ctx context.Context, s *session) (string, error) {
		level, err := s.featureLevel(ctx, "metadata.version")
		if err != nil {
			return "", err
		}
		return s.updateFeature(ctx, kadm.FeatureUpdate{
			Feature: "metadata.version", MaxVersionLevel: level, UpgradeType: 1,
		})
	}),
	once("UpdateFeatures beyond what is supported", func(ctx context.Context, s *session) (string, error) {
		return s.updateFeature(ctx, kadm.FeatureUpdate{
			Feature: "metadata.version", MaxVersionLevel: 99, UpgradeType: 1,
		})
	}),
	once("UnregisterBroker of an unknown id", func(ctx context.Context, s *session) (string, error) {
		request := kmsg.NewPtrUnregisterBrokerRequest()
		request.BrokerID = 4711
		response, err := request.RequestWith(ctx, s.client)
		if err != nil {
			return "", err
		}
		return code(kerr.ErrorForCode(response.ErrorCode)), nil
	}),
	settling("FindGroupCoordinators", func(ctx context.Context, s *session) (string, error) {
		return s.coordinators(ctx, s.admin.FindGroupCoordinators(ctx, s.named("a"), s.named("b")))
	}),
	settling("FindTxnCoordinators", func(ctx context.Context, s *session) (string, error) {
		return s.coordinators(ctx, s.admin.FindTxnCoordinators(ctx, s.named("a"), s.named("b")))
	}),
	once("GetTelemetrySubscriptions", func(ctx context.Context, s *session) (string, error) {
		response, err := kmsg.NewPtrGetTelemetrySubscriptionsRequest().RequestWith(ctx, s.client)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%s, client has an id %t, compressions %v, %d metrics wanted",
			code(kerr.ErrorForCode(response.ErrorCode)), response.ClientInstanceID != [16]byte{},
			response.AcceptedCompressionTypes, len(response.RequestedMetrics)), nil
	}),
}

func (s *session) describeCluster(ctx context.Context, endpointType int8) (string, error) {
	request := kmsg.NewPtrDescribeClusterRequest()
	request.EndpointType = endpointType
	response, err := request.RequestWith(ctx, s.client)
	if err != nil {
		return "", err
	}
	metadata, err := s.admin.BrokerMetadata(ctx)
	return fmt.Sprintf("%s, same cluster id as in metadata %t, %d nodes",
		code(kerr.ErrorForCode(response.ErrorCode)), response.ClusterID == metadata.Cluster,
		len(response.Brokers)), err
}

func (s *session) describeQuorum(ctx context.Context, topic string) (string, error) {
	request := kmsg.NewPtrDescribeQuorumRequest()
	asked := kmsg.NewDescribeQuorumRequestTopic()
	asked.Topic = topic
	asked.Partitions = append(asked.Partitions, kmsg.NewDescribeQuorumRequestTopicPartition())
	request.Topics = append(request.Topics, asked)
	response, err := request.RequestWith(ctx, s.client)
	if err != nil {
		return "", err
	}
	if response.ErrorCode != 0 {
		return code(kerr.ErrorForCode(response.ErrorCode)), nil
	}
	partition := response.Topics[0].Partitions[0]
	if partition.ErrorCode != 0 {
		return "partition " + code(kerr.ErrorForCode(partition.ErrorCode)), nil
	}
	leads := len(partition.CurrentVoters) > 0 && partition.CurrentVoters[0].ReplicaID == partition.LeaderID
	return fmt.Sprintf("%d voters, the first one leads %t, epoch %t, high watermark %t",
		len(partition.CurrentVoters), leads, partition.LeaderEpoch > 0, partition.HighWatermark >= 0), nil
}

func (s *session) updateFeature(ctx context.Context, update kadm.FeatureUpdate) (string, error) {
	updated, err := s.admin.UpdateFeatures(ctx, false, update)
	if err != nil {
		return "", err
	}
	return code(updated[update.Feature].Err), nil
}

// featureLevel is the finalized level of a feature, as ApiVersions tells it.
func (s *session) featureLevel(ctx context.Context, feature string) (int16, error) {
	request := kmsg.NewPtrApiVersionsRequest()
	request.ClientSoftwareName, request.ClientSoftwareVersion = "franz-go", "v1"
	response, err := request.RequestWith(ctx, s.client)
	if err != nil {
		return 0, err
	}
	for _, finalized := range response.FinalizedFeatures {
		if finalized.Name == feature {
			return finalized.MaxVersionLevel, nil
		}
	}
	return 0, fmt.Errorf("%s is not finalized", feature)
}

func (s *session) coordinators(ctx context.Context, found kadm.FindCoordinatorResponses) (string, error) {
	brokers, err := s.admin.ListBrokers(ctx)
	return each(found.Sorted(), func(coordinator kadm.FindCoordinatorResponse) string {
		known := slices.ContainsFunc(brokers, func(broker kgo.BrokerMetadata) bool {
			return broker.NodeID == coordinator.NodeID && broker.Port == coordinator.Port
		})
		return fmt.Sprintf("%s %s a broker %t", coordinator.Name, code(coordinator.Err), known)
	}), err
}
