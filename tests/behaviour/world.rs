//! An account of principals with habits, over some weeks: people with teams, hours, homes and journeys, on call now and
//! then; bots that deploy; applications; scanners. People begin, change teams, take up services; nobody attacks.

use super::catalogue::{SERVICES, number};
use super::chance::{chance, times, unit, weighted, zipf};
use super::rng::Rng;

pub const HOUR: i64 = 3_600_000;
pub const DAY: i64 = 24 * HOUR;
/// 2026-02-02, a Monday.
pub const BEGIN: i64 = 1_769_990_400_000;
/// Days of an account; the first fourteen are for learning.
pub const DAYS: i64 = 60;
pub const LEARN: i64 = 14;

/// A country and a network in it.
pub type Place = (u8, u16);

/// What one principal called from one place by one program in one hour: the first instant, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Act {
    pub t: i64,
    pub who: u16,
    pub call: u16,
    pub place: Place,
    pub agent: u8,
    pub times: u16,
}

/// What a principal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    Person,
    Deploy,
    Application,
    Scanner,
}

/// One principal.
#[derive(Debug)]
pub struct Principal {
    pub sort: Sort,
    /// The first and last day but one.
    pub days: std::ops::Range<i64>,
    weights: Vec<(u16, f64)>,
    team: usize,
    /// A person's hour of beginning, UTC.
    morning: i64,
    office: Place,
    home: Place,
    mobile: Place,
    journey: Option<(i64, Place)>,
    agents: Vec<u8>,
    /// A person changes to another team on this day.
    moves: Option<i64>,
}

/// An account: its principals, and all that they did, in order of time.
#[derive(Debug)]
pub struct Account {
    pub principals: Vec<Principal>,
    pub acts: Vec<Act>,
}

/// Calls of some services, by habit.
fn habit(rng: &mut Rng, services: &[usize]) -> Vec<(u16, f64)> {
    let of = zipf(rng, services.len());
    let mut all = Vec::new();
    for (&service, share) in services.iter().zip(of) {
        for (call, w) in zipf(rng, SERVICES[service].1.len()).into_iter().enumerate() {
            all.push((number(service, call), share * w));
        }
    }
    all
}

fn services(rng: &mut Rng, n: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..SERVICES.len()).collect();
    rng.shuffle(&mut all);
    // Nearly everybody has to do with some of the first.
    let first = rng.below(5);
    std::iter::once(first).chain(all.into_iter().filter(|s| *s != first).take(n)).collect()
}

/// Networks of a country: 0..8 at home, 8..12 mobile, 12..20 elsewhere; 100 and above are clouds and offices.
fn network(rng: &mut Rng, country: u8, from: u16, n: usize) -> Place {
    (country, 1000 * u16::from(country) + from + rng.below(n) as u16)
}

impl Account {
    /// An account of so many principals.
    pub fn new(size: usize, seed: u64) -> Account {
        let mut rng = Rng::new(seed, size as u64);
        let country = rng.below(20) as u8;
        let office = (country, 100 + rng.below(20) as u16);
        let cloud = (rng.below(3) as u8 + 20, 200);
        let teams: Vec<Vec<usize>> = (0..size.div_ceil(8).max(2))
            .map(|_| {
                let n = 2 + rng.below(3);
                services(&mut rng, n)
            })
            .collect();
        let mut principals: Vec<Principal> =
            (0..size).map(|i| principal(&mut rng, i, size, country, office, cloud, &teams)).collect();
        let adopted: Vec<Option<(i64, usize)>> = teams
            .iter()
            .map(|_| chance(&mut rng, 0.5).then(|| (rng.between(5, DAYS - 5), rng.below(SERVICES.len()))))
            .collect();
        let office_moves = (size.is_multiple_of(2) && chance(&mut rng, 0.5)).then(|| rng.between(20, 50));
        let mut acts = Vec::new();
        for day in 0..DAYS {
            let on_call: Vec<usize> = teams.iter().map(|_| rng.below(size)).collect();
            for (i, p) in principals.iter_mut().enumerate().filter(|(_, p)| p.days.contains(&day)) {
                if office_moves == Some(day) && p.office == office {
                    p.office = (country, 150);
                }
                let mut today = Day { rng: &mut rng, who: i as u16, start: BEGIN + day * DAY, acts: &mut acts };
                if let Some((_, service)) = adopted[p.team].filter(|(from, _)| *from == day + i as i64 % 7) {
                    let rate = if p.sort == Sort::Person { 0.8 } else { 0.2 };
                    if p.sort != Sort::Scanner && chance(today.rng, rate) {
                        take_up(today.rng, p, service);
                    }
                }
                if p.moves == Some(day) {
                    p.team = today.rng.below(teams.len());
                    p.weights = habit(today.rng, &teams[p.team]);
                }
                match p.sort {
                    Sort::Person => today.person(p, day, on_call[day_of_week(day) as usize % on_call.len()] == i),
                    Sort::Deploy => today.deploy(p, day),
                    Sort::Application => today.application(p, day),
                    Sort::Scanner => today.scanner(p, day),
                }
            }
        }
        acts.sort_unstable();
        Account { principals, acts }
    }
}

fn day_of_week(day: i64) -> i64 {
    day % 7
}

/// A service becomes part of what a principal does: all of it for people, a few calls for programs.
fn take_up(rng: &mut Rng, p: &mut Principal, service: usize) {
    let whole = p.weights.iter().map(|w| w.1).sum::<f64>();
    let calls = if p.sort == Sort::Person { SERVICES[service].1.len() } else { 3 };
    for (call, w) in zipf(rng, calls.min(SERVICES[service].1.len())).into_iter().enumerate() {
        p.weights.push((number(service, call), 0.08 * whole * w));
    }
}

fn principal(
    rng: &mut Rng,
    i: usize,
    size: usize,
    country: u8,
    office: Place,
    cloud: Place,
    teams: &[Vec<usize>],
) -> Principal {
    let sort = match i % 20 {
        0 | 9 => Sort::Deploy,
        1 | 3 | 5 | 7 | 8 | 11 | 13 | 15 => Sort::Application,
        4 if size > 10 && i < 40 => Sort::Scanner,
        _ => Sort::Person,
    };
    let team = rng.below(teams.len());
    let mut weights = match sort {
        Sort::Person => habit(rng, &teams[team]),
        Sort::Deploy => {
            let mut w = habit(rng, &teams[team]);
            rng.shuffle(&mut w);
            let n = 10 + rng.below(25);
            w.truncate(n);
            w
        }
        Sort::Application => {
            let mut w = habit(rng, &teams[team]);
            w.sort_by(|a, b| b.1.total_cmp(&a.1));
            let n = 2 + rng.below(8);
            w.truncate(n);
            w
        }
        Sort::Scanner => {
            let looks =
                |name: &str| name.starts_with("Describe") || name.starts_with("List") || name.starts_with("Get");
            let all = SERVICES.iter().enumerate().flat_map(|(s, (_, calls))| (0..calls.len()).map(move |c| (s, c)));
            all.filter(|&(s, c)| looks(SERVICES[s].1[c])).map(|(s, c)| (number(s, c), 1.0)).collect()
        }
    };
    if sort == Sort::Scanner {
        rng.shuffle(&mut weights);
        weights.truncate(130);
    }
    if sort == Sort::Application {
        // Shares of hours, not of calls.
        for (n, w) in weights.iter_mut().enumerate() {
            w.1 = [1.0, 0.7, 0.3, 0.3, 0.1, 0.05, 0.02, 0.01, 0.005, 0.003][n];
        }
    }
    let abroad = chance(rng, 0.1);
    let own = if abroad { rng.below(20) as u8 } else { country };
    let begins = match sort {
        Sort::Scanner => 0,
        _ if chance(rng, 0.1) => rng.between(3, DAYS - 10),
        _ => 0,
    };
    let ends = if chance(rng, 0.05) { rng.between(begins + 5, DAYS) } else { DAYS };
    let agents = match sort {
        Sort::Person => vec![rng.below(2) as u8, rng.below(5) as u8],
        Sort::Deploy => vec![2 + rng.below(4) as u8],
        Sort::Application => vec![2 + rng.below(8) as u8],
        Sort::Scanner => vec![2],
    };
    Principal {
        sort,
        days: begins..ends,
        weights,
        team,
        morning: 6 + i64::from(own) % 12,
        office: if sort == Sort::Person { office } else { cloud },
        home: network(rng, own, 0, 8),
        mobile: network(rng, own, 8, 4),
        journey: None,
        agents,
        moves: (sort == Sort::Person && chance(rng, 0.08)).then(|| rng.between(20, 55)),
    }
}

/// One principal's day.
struct Day<'r> {
    rng: &'r mut Rng,
    who: u16,
    start: i64,
    acts: &'r mut Vec<Act>,
}

impl Day<'_> {
    fn act(&mut self, at: i64, call: u16, place: Place, agent: u8, times: usize) {
        let t = self.start + at;
        let hour = t / HOUR;
        let (who, n) = (self.who, times as u16);
        let same = |a: &&mut Act| (a.who, a.call, a.place, a.agent, a.t / HOUR) == (who, call, place, agent, hour);
        let recent = self.acts.len().saturating_sub(400);
        match self.acts[recent..].iter_mut().find(same) {
            Some(a) => a.times = a.times.saturating_add(n),
            None => self.acts.push(Act { t, who, call, place, agent, times: n }),
        }
    }

    fn person(&mut self, p: &mut Principal, day: i64, on_call: bool) {
        p.journey = p.journey.filter(|j| j.0 > day);
        if p.journey.is_none() && chance(self.rng, 1.0 / 50.0) {
            let country = self.rng.below(30) as u8;
            p.journey = Some((day + self.rng.between(2, 6), network(self.rng, country, 8, 12)));
        }
        if chance(self.rng, 1.0 / 180.0) {
            p.home = network(self.rng, p.home.0, 0, 8);
        }
        if chance(self.rng, 1.0 / 120.0) {
            p.agents.push(self.rng.below(super::catalogue::AGENTS.len()) as u8);
        }
        let works = if day_of_week(day) < 5 { 0.85 } else { 0.04 };
        if chance(self.rng, works) {
            for _ in 0..1 + times(self.rng, 2.0) {
                let at = p.morning * HOUR + self.rng.between(0, 9 * HOUR);
                let weights = if chance(self.rng, 0.03) {
                    let service = self.rng.below(SERVICES.len());
                    habit(self.rng, &[service])
                } else {
                    p.weights.clone()
                };
                let n = 4 + self.rng.below(25);
                self.session(p, at, &weights, n);
            }
        }
        if on_call && chance(self.rng, 0.3) {
            let at = self.rng.between(0, 23 * HOUR);
            let n = 10 + self.rng.below(30);
            let mut flat: Vec<(u16, f64)> = p.weights.iter().map(|w| (w.0, 1.0)).collect();
            let service = self.rng.below(SERVICES.len());
            flat.extend(habit(self.rng, &[service]));
            self.session(p, at, &flat, n);
        }
    }

    fn session(&mut self, p: &Principal, at: i64, weights: &[(u16, f64)], n: usize) {
        let place = match (p.journey, unit(self.rng)) {
            (Some((_, place)), x) if x < 0.7 => place,
            (_, x) if x < 0.45 => p.office,
            (_, x) if x < 0.95 => p.home,
            (_, x) if x < 0.995 => p.mobile,
            _ => network(self.rng, p.home.0, 12, 8),
        };
        let agent = p.agents[if chance(self.rng, 0.7) { 0 } else { self.rng.below(p.agents.len()) }];
        for i in 0..n {
            let call = weighted(self.rng, weights);
            let times = 1 + times(self.rng, 0.5);
            self.act(at + i as i64 * 45_000, call, place, agent, times);
        }
    }

    fn deploy(&mut self, p: &mut Principal, day: i64) {
        if chance(self.rng, 1.0 / 15.0) {
            let service = self.rng.below(SERVICES.len());
            for _ in 0..=self.rng.below(3) {
                let call = self.rng.below(SERVICES[service].1.len());
                p.weights.push((number(service, call), 1.0));
            }
        }
        let runs = if day_of_week(day) < 5 { 5.0 } else { 0.3 };
        for _ in 0..times(self.rng, runs) {
            let at = self.rng.between(6 * HOUR, 20 * HOUR);
            for (call, _) in p.weights.clone() {
                if chance(self.rng, 0.85) {
                    let later = self.rng.between(0, 600_000);
                    self.act(at + later, call, p.office, p.agents[0], 2);
                }
            }
        }
    }

    fn application(&mut self, p: &mut Principal, day: i64) {
        if chance(self.rng, 1.0 / 45.0) {
            let service = self.rng.below(SERVICES.len());
            let call = self.rng.below(SERVICES[service].1.len().min(6));
            p.weights.push((number(service, call), 0.3));
        }
        // A job once a month.
        let monthly =
            (day % 30 == i64::from(self.who) % 30).then(|| (number(self.who as usize % SERVICES.len(), 1), 0.1));
        for hour in 0..24 {
            for &(call, share) in p.weights.clone().iter().chain(monthly.as_ref()) {
                if chance(self.rng, share) {
                    let at = hour * HOUR + self.rng.between(0, HOUR - 1);
                    let times = 1 + self.rng.below(200);
                    self.act(at, call, p.office, p.agents[0], times);
                }
            }
        }
    }

    fn scanner(&mut self, p: &mut Principal, day: i64) {
        if day % 14 == 9 {
            for _ in 0..3 {
                let service = self.rng.below(SERVICES.len());
                let call = self.rng.below(SERVICES[service].1.len().min(8));
                p.weights.push((number(service, call), 1.0));
            }
        }
        for (call, _) in p.weights.clone() {
            let at = 3 * HOUR + self.rng.between(0, HOUR - 1);
            self.act(at, call, p.office, p.agents[0], 4);
        }
    }
}
