use super::*;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Odd {
    #[serde(deserialize_with = "optional")]
    text: Option<String>,
    #[serde(deserialize_with = "optional")]
    number: Option<u16>,
    #[serde(deserialize_with = "optional")]
    signed: Option<i64>,
    #[serde(deserialize_with = "optional")]
    moment: Option<SystemTime>,
    #[serde(deserialize_with = "optional")]
    span: Option<Duration>,
    #[serde(deserialize_with = "optional")]
    maybe: Option<bool>,
    #[serde(deserialize_with = "flag")]
    flag: bool,
    #[serde(deserialize_with = "optional")]
    token: Option<Token>,
    #[serde(deserialize_with = "words")]
    words: Words,
    #[serde(deserialize_with = "comma_words")]
    comma_words: Words,
    #[serde(deserialize_with = "words_or_one")]
    words_or_one: Words,
    #[serde(deserialize_with = "object")]
    object: Option<Inner>,
    #[serde(deserialize_with = "list")]
    list: Vec<Inner>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Inner {
    #[serde(default, deserialize_with = "optional")]
    a: Option<u64>,
}

fn read(json: &str) -> Odd {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

#[test]
fn unusable_values_count_as_absent() {
    let fields =
        ["text", "number", "signed", "moment", "span", "maybe", "flag", "token", "words", "object", "list"];
    for field in fields.into_iter().chain(["comma_words", "words_or_one"]) {
        assert_eq!(read(&format!(r#"{{"{field}":null}}"#)), Odd::default(), "{field}: null");
        if field != "object" && field != "list" {
            assert_eq!(read(&format!(r#"{{"{field}":{{"a":[1]}}}}"#)), Odd::default(), "{field}: an object");
        }
        if !field.contains("words") && field != "list" {
            assert_eq!(read(&format!(r#"{{"{field}":[[{{}}]]}}"#)), Odd::default(), "{field}: a list");
        }
    }
    for json in [
        r#"{"text":"","token":" "}"#,
        r#"{"text":true,"token":7,"number":true,"signed":true,"moment":true}"#,
        r#"{"number":65536,"signed":9223372036854775808,"moment":-1,"span":-1,"maybe":2,"flag":2}"#,
        r#"{"number":-1,"moment":"yesterday","span":"-7","maybe":"yes","flag":"yes"}"#,
        r#"{"number":"x","signed":"1.5","moment":"","maybe":"","flag":""}"#,
        r#"{"number":1.5,"signed":1e300,"moment":1e300,"span":7.5,"maybe":0.5,"text":0.5}"#,
        r#"{"words":"[]","object":"x","list":"[]"}"#,
        r#"{"words":7,"comma_words":7,"object":7,"list":-7}"#,
        r#"{"words":[],"comma_words":"","object":[],"list":[null,7,"x",[]]}"#,
        r#"{"words":[null,7,{},[]],"comma_words":" , ,"}"#,
        r#"{"unknown":{"text":[1,{"number":2}]}}"#,
    ] {
        assert_eq!(read(json), Odd::default(), "{json}");
    }
}

#[test]
fn numbers_may_be_strings_and_vice_versa() {
    for json in ["8", "\"8\"", "\" 8 \"", "8.0", "8e0"] {
        let odd = read(&format!(r#"{{"number":{json},"signed":{json},"span":{json}}}"#));
        assert_eq!((odd.number, odd.signed), (Some(8), Some(8)), "{json}");
        assert_eq!(odd.span, Some(Duration::from_secs(8)), "{json}");
    }
    assert_eq!(read(r#"{"signed":"-3"}"#).signed, Some(-3));
    assert_eq!(read(r#"{"text":90210}"#).text.as_deref(), Some("90210"));
    assert_eq!(read(r#"{"text":"a\u00e4\n"}"#).text.as_deref(), Some("aä\n"));
}

/// Beyond 2^53, an `f64` does not represent every integer.
#[test]
fn integers_may_be_negative_or_exact_floats() {
    for (json, expected) in [
        ("-5", Some(-5)),
        ("-5.0", Some(-5)),
        ("9007199254740992.0", Some(9_007_199_254_740_992)),
        ("-9007199254740992.0", Some(-9_007_199_254_740_992)),
        ("9007199254740994.0", None),
        ("-9007199254740994.0", None),
    ] {
        assert_eq!(read(&format!(r#"{{"signed":{json}}}"#)).signed, expected, "{json}");
    }
}

#[test]
fn flags_in_four_spellings() {
    for json in ["true", "1", "\"1\"", "\"true\"", "\"True\""] {
        let odd = read(&format!(r#"{{"flag":{json},"maybe":{json}}}"#));
        assert_eq!((odd.flag, odd.maybe), (true, Some(true)), "{json}");
    }
    for json in ["false", "0", "\"0\"", "\"false\""] {
        let odd = read(&format!(r#"{{"flag":{json},"maybe":{json}}}"#));
        assert_eq!((odd.flag, odd.maybe), (false, Some(false)), "{json}");
    }
}

#[test]
fn times_in_three_formats() {
    let moment = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_618_251_672));
    for json in [
        "1618251672",
        "\"1618251672\"",
        "\"2021-04-12T18:21:12Z\"",
        "\"2021-04-12T18:21:12+00:00\"",
        "\"2021-04-12 18:21:12 UTC\"",
    ] {
        assert_eq!(read(&format!(r#"{{"moment":{json}}}"#)).moment, moment, "{json}");
    }
    assert_eq!(read(r#"{"moment":18446744073709551615}"#).moment, None, "out of range");
}

#[test]
fn single_object_counts_as_a_list() {
    assert_eq!(read(r#"{"list":{"a":1}}"#).list, [Inner { a: Some(1) }]);
    assert_eq!(read(r#"{"list":[{"a":1},null,{}]}"#).list, [Inner { a: Some(1) }, Inner { a: None }]);
    assert_eq!(read(r#"{"object":{"a":"1"}}"#).object, Some(Inner { a: Some(1) }));
}

#[test]
fn list_is_bounded() {
    #[derive(Deserialize)]
    struct Empty {}

    #[derive(Deserialize)]
    struct Lists {
        #[serde(deserialize_with = "super::list")]
        list: Vec<Empty>,
        #[serde(deserialize_with = "super::bounded_list::<3, _, _>")]
        short: Vec<Empty>,
    }

    for (length, kept) in [(2, (2, 2)), (3, (3, 3)), (4, (4, 3)), (1024, (1024, 3)), (1025, (1024, 3))] {
        let list = vec!["{}"; length].join(",");
        let lists: Lists =
            serde_json::from_str(&format!(r#"{{"list":[{list}],"short":[7,{list}]}}"#)).unwrap();
        assert_eq!((lists.list.len(), lists.short.len()), kept, "{length}");
    }
}

#[test]
fn words_are_a_list_or_one_string() {
    let expected: Words = ["a", "b"].into_iter().collect();
    assert_eq!(read(r#"{"words":["a",null,"b"]}"#).words, expected);
    assert_eq!(read(r#"{"comma_words":"a, b"}"#).comma_words, expected);
    assert_eq!(read(r#"{"comma_words":["a","b"]}"#).comma_words, expected);
    assert_eq!(read(r#"{"words_or_one":["a","b"]}"#).words_or_one, expected);
    assert_eq!(read(r#"{"words_or_one":"a,b"}"#).words_or_one, ["a,b"].into_iter().collect());
}

#[derive(Debug, PartialEq, Deserialize)]
struct Required {
    #[serde(deserialize_with = "required")]
    id: u64,
}

#[test]
fn required_value_must_be_usable() {
    assert_eq!(serde_json::from_str::<Required>(r#"{"id":"7"}"#).unwrap(), Required { id: 7 });
    for json in ["{}", r#"{"id":null}"#, r#"{"id":-1}"#, r#"{"id":[]}"#] {
        serde_json::from_str::<Required>(json).unwrap_err();
    }
}

#[test]
fn dates_are_written_as_they_are_read() {
    #[derive(serde::Serialize, Deserialize)]
    struct Dated {
        #[serde(deserialize_with = "optional", serialize_with = "date")]
        date: Option<SystemTime>,
    }
    for (json, written) in [
        (r#"{"date":1618251672}"#, r#"{"date":"2021-04-12T18:21:12Z"}"#),
        (r#"{"date":"2021-04-12 18:21:12.5 UTC"}"#, r#"{"date":"2021-04-12T18:21:12.500000000Z"}"#),
        #[cfg(target_pointer_width = "64")]
        (r#"{"date":253402300799}"#, r#"{"date":"9999-12-31T23:59:59Z"}"#),
        (r#"{"date":253402300800}"#, r#"{"date":253402300800}"#),
        (r#"{"date":null}"#, r#"{"date":null}"#),
    ] {
        let dated: Dated = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&dated).unwrap(), written);
        assert_eq!(serde_json::from_str::<Dated>(written).unwrap().date, dated.date);
    }
    let before_1970 = Dated { date: SystemTime::UNIX_EPOCH.checked_sub(Duration::from_secs(1)) };
    assert_eq!(serde_json::to_string(&before_1970).unwrap(), r#"{"date":null}"#);
}
