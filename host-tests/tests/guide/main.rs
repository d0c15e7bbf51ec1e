//! The programs of the ZeroMQ Guide, small: `cargo xtask guide` runs the same plays at full size.

use host_tests::guide;

/// A test for each play, and one that there are no others.
macro_rules! plays {
    ($($play:ident)*) => {
        $(
            #[test]
            fn $play() {
                guide::test(stringify!($play));
            }
        )*

        #[test]
        fn every_play_is_a_test() {
            let names: Vec<&str> = guide::plays().map(|play| play.name).collect();
            assert_eq!(names, [$(stringify!($play)),*]);
        }
    };
}

plays! {
    g1_07_version_says_which_it_is
    g1_01_03_hwserver_answers_a_client_that_was_there_before_and_many_at_once
    g1_01_hwserver_answers_a_client_of_libzmq
    g1_03_hwclient_asks_a_server_of_libzmq
    g1_08_24_wuserver_serves_five_clients_what_they_asked_for
    g1_09_wuclient_averages_exactly_its_zip_code_and_goes_on_when_the_server_is_restarted
    g1_09_wuclient_collects_a_hundred_updates_out_of_ten_million_beside_libzmq
    g1_14_17_taskvent_deals_a_hundred_tasks_out_evenly
    g1_15_16_taskwork_and_tasksink_work_for_a_ventilator_of_libzmq
    g1_14_taskvent_works_with_a_worker_and_a_sink_of_libzmq
    g2_11_msreader_drains_tasks_and_weather_updates
    g2_12_mspoller_wakes_for_a_task_as_for_a_weather_update
    g2_14_15_tasksink2_ends_every_taskwork2_when_all_is_done
    g2_14_15_taskwork2_and_tasksink2_understand_those_of_libzmq
    g1_21_interrupt_ends_cleanly_on_ctrl_c_and_its_reply_arrives
    g2_18_wuproxy_passes_messages_of_several_parts_on_whole
    g2_22_rrbroker_brings_every_reply_to_its_client
    g2_24_msgqueue_brings_every_reply_to_its_client
    g2_26_mtserver_answers_five_clients_at_a_time
    g2_27_mtrelay_passes_the_signal_on
    g2_30_31_syncpub_loses_nothing_for_any_subscriber
    g2_30_31_syncpub_loses_nothing_for_subscribers_of_libzmq
    g2_35_36_psenvsub_sees_b_and_never_a
    g2_35_36_psenvpub_and_psenvsub_understand_those_of_libzmq
    g2_38_39_durasub_gets_every_update_though_it_is_killed_twice
    g2_39_durasub_without_a_name_misses_what_is_published_while_it_is_away
    g2_40_durapub_keeps_two_updates_with_a_high_water_mark_of_two
    g2_41_durapub2_keeps_every_update_in_a_file_with_a_high_water_mark_of_one
    g3_02_identity_dumps_a_generated_and_a_chosen_routing_id
    g3_05_rtdealer_gives_a_twice_as_much_as_b_and_loses_nothing
    g3_06_rtmama_gives_all_tasks_to_those_that_wait_longest
    g3_07_rtpapa_brings_an_envelope_of_any_depth_back
    g3_08_lruqueue_serves_ten_clients_with_three_workers_and_ends
    g3_10_zmsg_passes_its_test
    g3_11_lruqueue2_serves_ten_clients_with_three_workers_and_ends
    g3_12_asyncsrv_replies_to_each_client_what_is_its_own
    g3_12_asyncsrv_replies_to_a_client_of_libzmq
    g3_13_rtrouter_has_two_routers_address_each_other
    g3_15_peering1_has_three_brokers_know_of_each_other
    g3_15_peering1_knows_of_a_broker_of_libzmq
    g3_16_peering2_has_both_brokers_answer_their_clients
    g3_17_peering3_loses_no_task_when_one_of_three_clusters_is_killed
    g1_09_wuclient_averages_what_a_server_of_libzmq_publishes
    g1_19_worker_thread_answers_and_publishes_to_sockets_of_libzmq
    g1_21_interrupt_replies_to_a_client_of_libzmq_and_ends
    g2_11_12_msreader_and_mspoller_read_both_from_libzmq
    g2_18_wuproxy_passes_what_libzmq_publishes_on_to_libzmq
    g2_26_mtserver_answers_clients_of_libzmq
    g2_30_31_syncsub_gets_all_that_libzmq_publishes
    g3_05_rtdealer_gives_tasks_to_a_dealer_of_libzmq
    g3_06_rtmama_gives_tasks_to_workers_of_libzmq
    g3_07_rtpapa_brings_an_envelope_of_any_depth_back_from_a_rep_of_libzmq
    g3_08_lruqueue_serves_clients_and_workers_of_libzmq
    g3_11_lruqueue2_serves_clients_and_workers_of_libzmq
    g3_13_rtrouter_and_a_router_of_libzmq_address_each_other
    g3_16_peering2_exchanges_requests_with_a_broker_of_libzmq
    g3_17_peering3_shares_tasks_with_a_broker_of_libzmq
}
